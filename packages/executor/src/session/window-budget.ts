import type { ExecutorLimits } from "@fairlead/core";

/** What one process may have waiting: output that its reader has not consumed, input that the kernel has not taken. */
export interface GrantedWindows {
  /** Per output stream. */
  readonly outputBytes: number;
  readonly inputBytes: number;
}

/** stdin, stdout, stderr. */
const streamsPerProcess = 3;
/** A newcomer gets at most this part of what is left, so that there is always something left. */
const shareOfRest = 8;

/**
 * Shares the buffer of a session among the windows of its processes: the first ones get all that they wish, later ones
 * less and less. The sum stays within the buffer, and every process that the session may have gets at least a frame's
 * worth (or its equal part, where the buffer is too small for that).
 */
export class WindowBudget {
  readonly #limits: ExecutorLimits;
  readonly #leastBytes: number;
  #restBytes: number;

  constructor(limits: ExecutorLimits) {
    const streams = limits.processesPerSession * streamsPerProcess;
    this.#limits = limits;
    this.#leastBytes = Math.max(
      1,
      Math.min(limits.frameTargetBytes, limits.windowBytes, Math.floor(limits.sessionBufferBytes / streams)),
    );
    this.#restBytes = Math.max(0, limits.sessionBufferBytes - this.#leastBytes * streams);
  }

  /** @param wishedOutputBytes a reader may want less than the limit, never more */
  grant(wishedOutputBytes: number | undefined): GrantedWindows {
    const { windowBytes } = this.#limits;
    const extraBytes = Math.floor(this.#restBytes / shareOfRest / streamsPerProcess);
    const mostBytes = Math.min(windowBytes, this.#leastBytes + extraBytes);
    const granted = {
      outputBytes: Math.min(wishedOutputBytes ?? windowBytes, mostBytes),
      inputBytes: mostBytes,
    };
    this.#restBytes -= this.#extraOf(granted);
    return granted;
  }

  /** Takes back what a process that is forgotten had. */
  giveBack(granted: GrantedWindows): void {
    this.#restBytes += this.#extraOf(granted);
  }

  #extraOf({ outputBytes, inputBytes }: GrantedWindows): number {
    const extra = (bytes: number): number => Math.max(0, bytes - this.#leastBytes);
    return 2 * extra(outputBytes) + extra(inputBytes);
  }
}
