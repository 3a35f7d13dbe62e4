import { FairleadError, type OutputName } from "@fairlead/core";
import {
  type Attach__Output,
  type AttachRequest__Output,
  type AttachResponse,
  createTurnFlusher,
  type DuplexCall,
  toExitedMessage,
} from "@fairlead/wire";
import { displacedReader, type HostedProcess, type ProcessWatcher } from "./hosted-process.js";

type Frame = { -readonly [Key in keyof AttachResponse]: AttachResponse[Key] };

/** An acknowledgement of little input waits so long for output to ride with: the answer usually follows at once. */
const ackDelayMs = 2;
/** More than this is acknowledged at once, so that the sender's window never runs dry. */
const promptAckBytes = 16 * 1024;

/** Output of one stream that is sent in one turn of the event loop, so that others get theirs. */
const turnBytes = 256 * 1024;

/** What an attachment needs to know. */
export interface AttachmentOptions {
  readonly frameTargetBytes: number;
  readonly frameMaxBytes: number;
  readonly signal: AbortSignal;
  /** Finds the process that the first frame names. */
  readonly find: (processId: string) => HostedProcess;
  /** Called for every frame of the client: it is alive. */
  readonly onHeard: () => void;
  /** Called when the client has seen the end of a process. */
  readonly onExitSeen: (process: HostedProcess) => void;
  /** Registers what ends this attachment when its session is taken over. @returns takes it back */
  readonly onDisplaced: (end: (displacement: FairleadError) => void) => () => void;
}

/** Serves one client's reading and writing of one process until it leaves, is displaced, or has seen everything. */
export function serveAttachment(
  call: DuplexCall<AttachRequest__Output, AttachResponse>,
  options: AttachmentOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let attachment: Attachment | undefined;
    const forget = options.onDisplaced((displacement) => end(displacement));
    const end = (failure?: unknown): void => {
      forget();
      attachment?.detach();
      if (failure === undefined) resolve();
      else reject(failure);
    };
    options.signal.addEventListener("abort", () => end(), { once: true });
    call.onEnd(() => end());
    if (options.signal.aborted) end();
    call.onMessage((message) => {
      options.onHeard();
      try {
        if (message.attach != null) {
          if (attachment !== undefined) throw invalidFrame("The stream is attached already");
          attachment = new Attachment(call, options.find(message.attach.processId), options, end);
          attachment.begin(message.attach);
        } else if (attachment === undefined) throw invalidFrame("The first frame must attach to a process");
        attachment.take(message);
        if (message.detach) end();
      } catch (failure) {
        end(failure);
      }
    });
  });
}

class Attachment implements ProcessWatcher {
  readonly #call: DuplexCall<AttachRequest__Output, AttachResponse>;
  readonly #process: HostedProcess;
  readonly #options: AttachmentOptions;
  readonly #end: (failure?: unknown) => void;
  readonly #sent: Record<OutputName, number> = { stdout: 0, stderr: 0 };
  #takenSent = 0;
  #inputClosedSent = false;
  #exitSent = false;
  #closedSent = false;
  #windowBytes = Number.POSITIVE_INFINITY;
  #ackTimer: NodeJS.Timeout | undefined;
  readonly #flusher = createTurnFlusher(() => {
    try {
      this.#flush();
    } catch (failure) {
      this.#end(failure);
    }
  });

  constructor(
    call: DuplexCall<AttachRequest__Output, AttachResponse>,
    process: HostedProcess,
    options: AttachmentOptions,
    end: (failure?: unknown) => void,
  ) {
    this.#call = call;
    this.#process = process;
    this.#options = options;
    this.#end = end;
  }

  begin(attach: Attach__Output): void {
    this.#sent.stdout = attach.stdoutOffset;
    this.#sent.stderr = attach.stderrOffset;
    this.#windowBytes = attach.windowBytes ?? Number.POSITIVE_INFINITY;
    // Before the reader changes hands: offsets that make no sense must not cost the former reader its place.
    for (const name of ["stdout", "stderr"] as const) this.#process.outputs[name].read(this.#sent[name], 0);
    this.#process.watch(this, attach.generation);
    const { taken, received } = this.#process.input;
    this.#takenSent = taken;
    this.#call.send({ attached: { inputTaken: taken, inputReceived: received } });
    // Whoever asks without reading is not fed on: what waits for it counts against the windows alone.
    this.#call.onDrained(() => this.changed());
    this.changed();
  }

  take(message: AttachRequest__Output): void {
    if (message.stdoutConsumed !== undefined) this.#consumed("stdout", message.stdoutConsumed);
    if (message.stderrConsumed !== undefined) this.#consumed("stderr", message.stderrConsumed);
    if (message.input != null) {
      if (message.input.data.length > this.#options.frameMaxBytes) {
        throw invalidFrame(`A frame carries at most ${this.#options.frameMaxBytes} bytes`);
      }
      this.#process.input.accept(message.input);
    }
    if (message.resize != null) {
      // Its failure must not cost the stream its output: the process may have ended on the way.
      this.#process.resize(message.resize.columns, message.resize.rows).catch(() => {});
    }
    if (message.exitSeen) {
      this.#process.markExitSeen();
      this.#options.onExitSeen(this.#process);
    }
  }

  #consumed(name: OutputName, offset: number): void {
    if (offset > this.#sent[name])
      throw invalidFrame(
        `${name} was consumed up to ${offset}, but only ${this.#sent[name]} bytes were sent`,
      );
    this.#process.consumed(name, offset);
    // What was held back for a narrow window can go now.
    if (this.#hasUnsent(name)) this.changed();
  }

  changed(): void {
    this.#flusher.schedule();
  }

  acknowledged(): void {
    const untoldBytes = this.#process.input.taken - this.#takenSent;
    if (untoldBytes >= promptAckBytes || this.#process.input.closed) this.#flusher.schedule();
    else this.#ackTimer ??= setTimeout(() => this.#flusher.schedule(), ackDelayMs);
  }

  displaced(): void {
    this.#end(displacedReader(this.#process.id));
  }

  detach(): void {
    this.#flusher.cancel();
    clearTimeout(this.#ackTimer);
    this.#process.unwatch(this);
  }

  #flush(): void {
    if (this.#call.isCongested) return;
    const head: Frame = {};
    const { input, exit, closed } = this.#process;
    if (input.taken > this.#takenSent) {
      this.#takenSent = input.taken;
      clearTimeout(this.#ackTimer);
      this.#ackTimer = undefined;
      head.inputTaken = input.taken;
    }
    let frame = head;
    let leftBytes = turnBytes;
    for (const name of ["stdout", "stderr"] as const) {
      for (let slice = this.#next(name); slice !== undefined; slice = this.#next(name)) {
        if (frame.stdout !== undefined || frame.stderr !== undefined) {
          this.#call.send(frame);
          frame = {};
        }
        frame[name] = { offset: slice.offset, data: slice.data as Buffer };
        leftBytes -= slice.data.length;
        if (leftBytes <= 0) break;
      }
      if (this.#hasUnsent(name) && this.#roomBytes(name) <= 0) frame.outputWaiting = true;
      else if (this.#hasUnsent(name)) this.#flusher.schedule();
    }
    if (input.closed && !this.#inputClosedSent) {
      this.#inputClosedSent = true;
      frame.inputClosed = { taken: input.taken };
    }
    if (exit !== undefined && !this.#exitSent) {
      this.#exitSent = true;
      frame.exited = toExitedMessage(exit);
    }
    const { stdout, stderr } = this.#process.outputs;
    const allSent = this.#sent.stdout === stdout.endOffset && this.#sent.stderr === stderr.endOffset;
    if (closed && allSent && exit !== undefined && !this.#closedSent) {
      this.#closedSent = true;
      frame.closed = { stdoutEnd: stdout.endOffset, stderrEnd: stderr.endOffset };
    }
    if (Object.keys(frame).length > 0) this.#call.send(frame);
  }

  #hasUnsent(name: OutputName): boolean {
    return this.#sent[name] < this.#process.outputs[name].endOffset;
  }

  /** What the window of this attachment still lets through. */
  #roomBytes(name: OutputName): number {
    return this.#windowBytes - (this.#sent[name] - this.#process.outputs[name].startOffset);
  }

  #next(name: OutputName): { offset: number; data: Uint8Array } | undefined {
    const roomBytes = this.#roomBytes(name);
    if (roomBytes <= 0) return undefined;
    const output = this.#process.outputs[name];
    const slice = output.read(this.#sent[name], Math.min(this.#options.frameTargetBytes, roomBytes));
    if (slice !== undefined) this.#sent[name] += slice.data.length;
    return slice;
  }
}

function invalidFrame(message: string): FairleadError {
  return new FairleadError("protocol", message, { reason: "frame_invalid" });
}
