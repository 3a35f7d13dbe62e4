import {
  createDeferred,
  createId,
  type ExecutorLimits,
  type FairleadError,
  type LaunchedProcess,
  type OutputHandler,
  type OutputName,
  type ProcessExit,
  type StopReport,
  type StopTimes,
  type TreeProcess,
} from "@fairlead/core";
import {
  type AttachRequest,
  type AttachResponse__Output,
  fromExitedMessage,
  fromServiceError,
  fromStopReportMessage,
  type StopResponse__Output,
  toStopTimesMessage,
} from "@fairlead/wire";
import type { ClientDuplexStream } from "@grpc/grpc-js";
import { callUnary } from "../channel/channel.js";
import type { SessionHandle } from "../session/session-handle.js";
import { InputQueue } from "./input-queue.js";
import { OutputCursor } from "./output-cursor.js";

type Frame = { -readonly [Key in keyof AttachRequest]: AttachRequest[Key] };

/** What the executor answered to the start of a process. */
export interface StartedProcess {
  readonly processId: string;
  readonly pid: number;
  readonly program: string;
  readonly startedAtMs: number;
  readonly outputWindowBytes: number;
}

/** A process on an executor, read and written through one stream. */
export class RemoteProcess implements LaunchedProcess {
  readonly pid: number;
  readonly program: string;
  readonly startedAtMs: number;
  readonly #exited = createDeferred<ProcessExit>();
  readonly #closed = createDeferred<ProcessExit>();
  readonly exited = this.#exited.promise;
  readonly closed = this.#closed.promise;
  readonly #session: SessionHandle;
  readonly #started: StartedProcess;
  readonly #call: ClientDuplexStream<AttachRequest, AttachResponse__Output>;
  readonly #input: InputQueue;
  readonly #outputs: Readonly<Record<OutputName, OutputCursor>>;
  readonly #forget: () => void;
  #scheduled: NodeJS.Immediate | undefined;
  #exit: ProcessExit | undefined;
  #over = false;
  #stopping: Promise<StopReport> | undefined;

  constructor(session: SessionHandle, started: StartedProcess, onOutput: OutputHandler) {
    this.pid = started.pid;
    this.program = started.program;
    this.startedAtMs = started.startedAtMs;
    this.#session = session;
    this.#started = started;
    this.#input = new InputQueue(session.limits.windowBytes, inputFrameBytes(session.limits));
    this.#outputs = {
      stdout: new OutputCursor("stdout", onOutput),
      stderr: new OutputCursor("stderr", onOutput),
    };
    this.#call = session.channel.process.attach(session.metadata());
    this.#call.on("data", (frame: AttachResponse__Output) => this.#take(frame));
    this.#call.on("error", (error: unknown) => this.#broke(error));
    this.#call.on("end", () => this.#broke(undefined));
    this.#call.write({ attach: { processId: started.processId, stdoutOffset: 0, stderrOffset: 0 } });
    this.#forget = session.onLost((error) => this.#lose(error));
  }

  write(bytes: Uint8Array): Promise<void> {
    const taken = this.#input.write(bytes);
    this.#schedule();
    return taken;
  }

  async closeStdin(): Promise<void> {
    this.#input.end();
    this.#schedule();
  }

  consumed(name: OutputName, byteCount: number): void {
    const cursor = this.#outputs[name];
    cursor.consume(byteCount);
    if (cursor.unacknowledgedBytes * 4 >= this.#started.outputWindowBytes) this.#schedule();
  }

  async signal(name: string): Promise<void> {
    const { channel } = this.#session;
    const request = { opId: createId("o"), processId: this.#started.processId, signal: name };
    await this.#session.guard((what) =>
      callUnary(what, undefined, (done) => channel.process.signal(request, this.#session.metadata(), done)),
    );
  }

  async resize(columns: number, rows: number): Promise<void> {
    this.#call.write({ resize: { columns, rows } });
  }

  async readTree(): Promise<readonly TreeProcess[]> {
    return [];
  }

  stop(times?: Partial<StopTimes>): Promise<StopReport> {
    if (this.#stopping === undefined) {
      this.#stopping = this.#stop(times);
      this.#stopping.catch(() => {});
    }
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Where the session is over the executor ends the process by itself; there is nobody left to ask.
    await this.stop().catch((error: unknown) => {
      if (this.#exit === undefined) throw error;
    });
  }

  async #stop(times: Partial<StopTimes> | undefined): Promise<StopReport> {
    const { channel } = this.#session;
    if (this.#session.isClosed) return endedWithSession;
    // What was written before the stop, such as a cancellation, is not to be lost to it.
    this.#flush();
    const request = {
      opId: createId("o"),
      processId: this.#started.processId,
      stopTimes: toStopTimesMessage(times),
    };
    const answer = await this.#session.guard((what) =>
      callUnary<StopResponse__Output>(what, undefined, (done) =>
        channel.process.stop(request, this.#session.metadata(), done),
      ),
    );
    await this.exited;
    return fromStopReportMessage(answer.report);
  }

  #take(frame: AttachResponse__Output): void {
    this.#session.heard();
    if (this.#over) return;
    try {
      if (frame.inputTaken !== undefined && this.#input.taken(frame.inputTaken)) this.#schedule();
      if (frame.stdout != null) this.#outputs.stdout.receive(frame.stdout.offset, frame.stdout.data);
      if (frame.stderr != null) this.#outputs.stderr.receive(frame.stderr.offset, frame.stderr.data);
      if (frame.inputClosed != null) {
        this.#input.taken(frame.inputClosed.taken);
        this.#input.close();
      }
      if (frame.exited != null) this.#settleExit(fromExitedMessage(frame.exited));
      if (frame.closed != null) this.#leave();
    } catch (error) {
      this.#broke(error);
    }
  }

  #schedule(): void {
    if (this.#over) return;
    // Small writes of one turn of the event loop share a frame, and so do acknowledgements.
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#over) return;
    let frame: Frame = {};
    const stdout = this.#outputs.stdout.acknowledge();
    const stderr = this.#outputs.stderr.acknowledge();
    if (stdout !== undefined) frame.stdoutConsumed = stdout;
    if (stderr !== undefined) frame.stderrConsumed = stderr;
    for (let input = this.#input.next(); input !== undefined; input = this.#input.next()) {
      this.#call.write({ ...frame, input });
      frame = {};
    }
    if (Object.keys(frame).length > 0) this.#call.write(frame);
  }

  #settleExit(exit: ProcessExit): void {
    if (this.#exit !== undefined) return;
    this.#exit = exit;
    this.#input.close();
    this.#exited.resolve(exit);
  }

  /** Everything was seen: says so and lets the stream end. */
  #leave(): void {
    this.#finish();
    this.#call.write({ exitSeen: true, detach: true });
    this.#call.end();
    if (this.#exit !== undefined) this.#closed.resolve(this.#exit);
  }

  #broke(failure: unknown): void {
    if (this.#over) return;
    const error =
      failure === undefined ? this.#session.lostError("the process stream ended") : this.#broken(failure);
    this.#call.cancel();
    this.#lose(error);
  }

  #broken(failure: unknown): FairleadError {
    const told = fromServiceError(failure, this.#session.what);
    return told.reason === "executor_unreachable"
      ? this.#session.lostError("the process stream broke", failure)
      : told;
  }

  #lose(error: FairleadError): void {
    if (this.#over) return;
    this.#finish();
    this.#input.close(error);
    const exit = this.#exit ?? { reason: "session_lost" as const, code: null, signal: null };
    this.#exit = exit;
    this.#exited.resolve(exit);
    this.#closed.resolve(exit);
  }

  #finish(): void {
    this.#over = true;
    this.#forget();
    if (this.#scheduled !== undefined) clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
  }
}

/** Closing a session ends everything in it, so a stop that comes later has nothing left to do. */
const endedWithSession: StopReport = { ended: [], forced: [], survived: [], blindSpots: [] };

/** Half of what the executor takes, so that a frame with everything around it stays within its limit. */
function inputFrameBytes(limits: ExecutorLimits): number {
  return Math.floor(limits.frameMaxBytes / 2);
}
