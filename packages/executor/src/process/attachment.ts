import { FairleadError, type OutputName } from "@fairlead/core";
import {
  type AttachRequest__Output,
  type AttachResponse,
  type DuplexCall,
  toExitedMessage,
} from "@fairlead/wire";
import type { HostedProcess, ProcessWatcher } from "./hosted-process.js";

type Frame = { -readonly [Key in keyof AttachResponse]: AttachResponse[Key] };

/** What an attachment needs to know. */
export interface AttachmentOptions {
  readonly frameTargetBytes: number;
  readonly frameMaxBytes: number;
  readonly signal: AbortSignal;
  /** Finds the process that the first frame names. */
  readonly find: (processId: string) => HostedProcess;
  /** Called for every frame of the client: it is alive. */
  readonly onHeard: () => void;
}

/** Serves one client's reading and writing of one process until it leaves, is displaced, or has seen everything. */
export function serveAttachment(
  call: DuplexCall<AttachRequest__Output, AttachResponse>,
  options: AttachmentOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let attachment: Attachment | undefined;
    const end = (failure?: unknown): void => {
      attachment?.detach();
      if (failure === undefined) resolve();
      else reject(failure);
    };
    options.signal.addEventListener("abort", () => end(), { once: true });
    call.onEnd(() => end());
    call.onMessage((message) => {
      options.onHeard();
      try {
        if (message.attach != null) {
          if (attachment !== undefined) throw invalidFrame("The stream is attached already");
          attachment = new Attachment(call, options.find(message.attach.processId), options, end);
          attachment.begin(message.attach.stdoutOffset, message.attach.stderrOffset);
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
  #scheduled: NodeJS.Immediate | undefined;

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

  begin(stdoutOffset: number, stderrOffset: number): void {
    this.#process.watch(this);
    this.#process.consumed("stdout", stdoutOffset);
    this.#process.consumed("stderr", stderrOffset);
    this.#sent.stdout = stdoutOffset;
    this.#sent.stderr = stderrOffset;
    this.#takenSent = this.#process.input.taken;
    this.#call.send({ attached: { inputTaken: this.#takenSent } });
    this.changed();
  }

  take(message: AttachRequest__Output): void {
    if (message.stdoutConsumed !== undefined) this.#process.consumed("stdout", message.stdoutConsumed);
    if (message.stderrConsumed !== undefined) this.#process.consumed("stderr", message.stderrConsumed);
    if (message.input != null) {
      if (message.input.data.length > this.#options.frameMaxBytes) {
        throw invalidFrame(`A frame carries at most ${this.#options.frameMaxBytes} bytes`);
      }
      this.#process.input.accept(message.input);
    }
  }

  changed(): void {
    // Everything that happens in one turn of the event loop shares frames.
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined;
      try {
        this.#flush();
      } catch (failure) {
        this.#end(failure);
      }
    });
  }

  displaced(): void {
    this.#end(
      new FairleadError("unavailable", `Another reader took over process ${this.#process.id}`, {
        reason: "session_displaced",
      }),
    );
  }

  detach(): void {
    if (this.#scheduled !== undefined) clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    this.#process.unwatch(this);
  }

  #flush(): void {
    const head: Frame = {};
    const { input, exit, closed } = this.#process;
    if (input.taken > this.#takenSent) {
      this.#takenSent = input.taken;
      head.inputTaken = input.taken;
    }
    let frame = head;
    for (const name of ["stdout", "stderr"] as const) {
      for (let slice = this.#next(name); slice !== undefined; slice = this.#next(name)) {
        if (frame.stdout !== undefined || frame.stderr !== undefined) {
          this.#call.send(frame);
          frame = {};
        }
        frame[name] = { offset: slice.offset, data: slice.data as Buffer };
      }
    }
    if (input.closed && !this.#inputClosedSent) {
      this.#inputClosedSent = true;
      frame.inputClosed = { taken: input.taken };
    }
    if (exit !== undefined && !this.#exitSent) {
      this.#exitSent = true;
      frame.exited = toExitedMessage(exit);
    }
    if (closed && exit !== undefined && !this.#closedSent) {
      this.#closedSent = true;
      const { stdout, stderr } = this.#process.outputs;
      frame.closed = { stdoutEnd: stdout.endOffset, stderrEnd: stderr.endOffset };
    }
    if (Object.keys(frame).length > 0) this.#call.send(frame);
  }

  #next(name: OutputName): { offset: number; data: Uint8Array } | undefined {
    const slice = this.#process.outputs[name].read(this.#sent[name], this.#options.frameTargetBytes);
    if (slice !== undefined) this.#sent[name] += slice.data.length;
    return slice;
  }
}

function invalidFrame(message: string): FairleadError {
  return new FairleadError("protocol", message, { reason: "frame_invalid" });
}
