import type { ExecutorLimits } from "@fairlead/core";

/** What one process may have waiting: output that its reader has not consumed, input that the kernel has not taken. */
export interface GrantedWindows {
  /** Per output stream. */
  readonly outputBytes: number;
  readonly inputBytes: number;
}

/** What a process wants. */
export interface WishedWindows {
  /** A reader may want less than the limit, never more. @default the limit */
  readonly outputBytes?: number | undefined;
  /** Whether it gets a pseudo terminal, whose input window is narrower. @default false */
  readonly isTerminal?: boolean;
}

/** Ended processes are kept until they are stopped, for what they left behind; this many times the limit at most. */
export const unstoppedFactor = 4;

/** stdin, stdout, stderr. */
const streamsPerProcess = 3;
const outputsPerProcess = 2;
/** A newcomer gets at most this part of what is left, so that there is always something left. */
const shareOfRest = 8;
/** Enough, by default, for all that may have ended unread; a small buffer rather serves those that run. */
const mostReserved = 9 / 16;
/** A person types little, and what a terminal does not take is queued by us, not by the kernel. */
const terminalInputBytes = 256 * 1024;

/**
 * Shares the buffer of a session among the windows of its processes: the first ones get all that they wish, later ones
 * less and less. The sum stays within the buffer, and every process that the session may have gets at least a frame's
 * worth (or its equal part, where the buffer is too small for that). With the default limits this holds too while four
 * times as many ended ones are remembered with unread output.
 */
export class WindowBudget {
  readonly #limits: ExecutorLimits;
  readonly #leastBytes: number;
  #restBytes: number;
  readonly #inputsBack = new WeakSet<GrantedWindows>();
  readonly #outputsBack = new WeakSet<GrantedWindows>();

  constructor(limits: ExecutorLimits) {
    const running = limits.processesPerSession * streamsPerProcess;
    // Those that ended take no input, but may leave output behind.
    const remembered = limits.processesPerSession * (1 + outputsPerProcess * unstoppedFactor);
    this.#limits = limits;
    this.#leastBytes = Math.max(
      1,
      Math.min(limits.frameTargetBytes, limits.windowBytes, Math.floor(limits.sessionBufferBytes / running)),
    );
    const reservedBytes = Math.max(
      running * this.#leastBytes,
      Math.min(remembered * this.#leastBytes, Math.floor(limits.sessionBufferBytes * mostReserved)),
    );
    this.#restBytes = Math.max(0, limits.sessionBufferBytes - reservedBytes);
  }

  grant(wished: WishedWindows): GrantedWindows {
    const { windowBytes } = this.#limits;
    const extraBytes = Math.floor(this.#restBytes / shareOfRest / streamsPerProcess);
    const mostBytes = Math.min(windowBytes, this.#leastBytes + extraBytes);
    const granted = {
      outputBytes: Math.min(wished.outputBytes ?? windowBytes, mostBytes),
      inputBytes: wished.isTerminal === true ? Math.min(mostBytes, terminalInputBytes) : mostBytes,
    };
    this.#restBytes -= outputsPerProcess * this.#extra(granted.outputBytes) + this.#extra(granted.inputBytes);
    return granted;
  }

  /** Takes back what a process had whose outputs are empty for good; doing it again changes nothing. */
  giveBack(granted: GrantedWindows): void {
    this.giveBackInput(granted);
    if (this.#outputsBack.has(granted)) return;
    this.#outputsBack.add(granted);
    this.#restBytes += outputsPerProcess * this.#extra(granted.outputBytes);
  }

  /** Takes back the input window of a process that has ended; doing it again changes nothing. */
  giveBackInput(granted: GrantedWindows): void {
    if (this.#inputsBack.has(granted)) return;
    this.#inputsBack.add(granted);
    this.#restBytes += this.#extra(granted.inputBytes);
  }

  #extra(bytes: number): number {
    return Math.max(0, bytes - this.#leastBytes);
  }
}
