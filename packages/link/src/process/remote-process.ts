import {
  createDeferred,
  FairleadError,
  type LaunchedProcess,
  type OutputHandler,
  type OutputName,
  type ProcessExit,
  type StopReport,
  type StopTimes,
  type TreeProcess,
  toFairleadError,
} from "@fairlead/core";
import { checkTerminalSize } from "@fairlead/machine";
import {
  type AttachRequest,
  type AttachResponse__Output,
  createTurnFlusher,
  fromExitedMessage,
} from "@fairlead/wire";
import type { Connection, Route } from "../session/connection.js";
import type { SessionHandle, SessionMember } from "../session/session-handle.js";
import { AttachStream } from "./attach-stream.js";
import { sayExitSeen } from "./exit-seen.js";
import { InputQueue, type InputRoom } from "./input-queue.js";
import { OutputCursor } from "./output-cursor.js";
import { createRemoteControl, type RemoteControl } from "./remote-control.js";
import { RouteChoice } from "./route-choice.js";

type Frame = { -readonly [Key in keyof AttachRequest]: AttachRequest[Key] };

/** What the executor answered to the start of a process. */
export interface StartedProcess {
  readonly processId: string;
  readonly pid: number;
  readonly program: string;
  readonly startedAtMs: number;
  readonly outputWindowBytes: number;
  readonly inputWindowBytes: number;
  readonly isTerminal: boolean;
  readonly warnings?: readonly string[] | undefined;
}

/** A process on an executor, read and written through one stream at a time, over as many connections as it takes. */
export class RemoteProcess implements LaunchedProcess, SessionMember {
  readonly pid: number;
  readonly program: string;
  readonly startedAtMs: number;
  readonly warnings: readonly string[];
  readonly #exited = createDeferred<ProcessExit>();
  readonly #closed = createDeferred<ProcessExit>();
  readonly exited = this.#exited.promise;
  readonly closed = this.#closed.promise;
  readonly #session: SessionHandle;
  readonly #started: StartedProcess;
  readonly #control: RemoteControl;
  readonly #input = new InputQueue();
  readonly #outputs: Readonly<Record<OutputName, OutputCursor>>;
  #leaveSession: () => void = () => {};
  #connection: Connection | undefined;
  #stream: AttachStream | undefined;
  #generation = 0;
  /** Whether input may flow: the executor's account of it is known. */
  #inputKnown = true;
  readonly #routes = new RouteChoice();
  /** The terminal's last size, told again over a new stream: the former one may have broken before it arrived. */
  #size: { readonly columns: number; readonly rows: number } | undefined;
  readonly #flusher = createTurnFlusher(() => this.#flush());
  #exit: ProcessExit | undefined;
  #over = false;
  #stopping: Promise<StopReport> | undefined;

  constructor(session: SessionHandle, started: StartedProcess, onOutput: OutputHandler) {
    this.pid = started.pid;
    this.program = started.program;
    this.startedAtMs = started.startedAtMs;
    this.warnings = started.warnings ?? [];
    this.#session = session;
    this.#started = started;
    this.#control = createRemoteControl(session, started.processId);
    this.#outputs = {
      stdout: new OutputCursor("stdout", onOutput),
      stderr: new OutputCursor("stderr", onOutput),
    };
    const leaveSession = session.join(this);
    // A session that ended meanwhile has told so while we joined.
    if (this.#over) leaveSession();
    else this.#leaveSession = leaveSession;
  }

  write(bytes: Uint8Array): Promise<void> {
    const taken = this.#input.write(bytes);
    this.#flusher.schedule();
    return taken;
  }

  async closeStdin(): Promise<void> {
    this.#input.end();
    this.#flusher.schedule();
  }

  consumed(name: OutputName, byteCount: number): void {
    const cursor = this.#outputs[name];
    cursor.consume(byteCount);
    if (cursor.unacknowledgedBytes * 4 >= this.#outputWindowBytes) this.#flusher.schedule();
  }

  signal(name: string): Promise<void> {
    return this.#control.signal(name);
  }

  async resize(columns: number, rows: number): Promise<void> {
    if (!this.#started.isTerminal) {
      throw new FairleadError("usage", `${this.program} has pipes and no terminal; start it with a pty`, {
        reason: "argument_invalid",
        effect: "none",
      });
    }
    checkTerminalSize({ columns, rows });
    this.#size = { columns, rows };
    this.#stream?.send({ resize: this.#size });
  }

  readTree(): Promise<readonly TreeProcess[]> {
    return this.#control.readTree();
  }

  stop(times?: Partial<StopTimes>): Promise<StopReport> {
    // The executor takes the shorter of the times; what it is asked for first brings the report.
    if (this.#stopping !== undefined && times !== undefined) this.#control.stop(times).catch(() => {});
    if (this.#stopping === undefined) {
      const stopping = this.#stop(times);
      this.#stopping = stopping;
      // One that failed, because it was not to wait for the connection, may be tried again.
      stopping.catch(() => {
        if (this.#stopping === stopping) this.#stopping = undefined;
      });
    }
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Where the session is over the executor ends the process by itself; there is nobody left to ask.
    await this.stop().catch((error: unknown) => {
      if (this.#exit === undefined) throw error;
    });
  }

  connected(connection: Connection): void {
    this.#connection = connection;
    this.#attach("control");
  }

  disconnected(): void {
    this.#connection = undefined;
    this.#stream = undefined;
  }

  ended(error: FairleadError): void {
    this.#lose(error);
  }

  async #stop(times: Partial<StopTimes> | undefined): Promise<StopReport> {
    if (this.#session.isClosed) return endedWithSession;
    // What was written before the stop, such as a cancellation, is not to be lost to it.
    this.#flush();
    const report = await this.#control.stop(times);
    // One that nothing can end, waiting in the kernel for ever, is told and not waited for.
    if (!report.survived.some(({ pid }) => pid === this.pid)) await this.exited;
    return report;
  }

  /** Opens a stream where the former one, if any, broke off. */
  #attach(route: Route): void {
    const connection = this.#connection;
    if (connection === undefined || this.#over) return;
    void this.#stream?.leave();
    const { what } = this.#session;
    const windowBytes = this.#routes.windowBytes(route, connection);
    const stream: AttachStream = new AttachStream(
      connection.attach(route),
      { route, what, windowBytes },
      {
        onFrame: (frame) => {
          connection.heard();
          this.#take(frame);
        },
        onBroken: (error) => this.#broke(stream, connection, error),
      },
    );
    this.#stream = stream;
    this.#generation += 1;
    this.#inputKnown = !this.#input.mustResume;
    const { stdout, stderr } = this.#outputs;
    stream.send({
      attach: {
        processId: this.#started.processId,
        stdoutOffset: stdout.received,
        stderrOffset: stderr.received,
        generation: this.#generation,
        ...(windowBytes === undefined ? {} : { windowBytes }),
      },
      stdoutConsumed: stdout.acknowledgeAgain(),
      stderrConsumed: stderr.acknowledgeAgain(),
      ...(this.#size === undefined || this.#exit !== undefined ? {} : { resize: this.#size }),
    });
    this.#flusher.schedule();
  }

  get #outputWindowBytes(): number {
    return Math.min(this.#stream?.windowBytes ?? Infinity, this.#started.outputWindowBytes);
  }

  get #inputRoom(): InputRoom {
    const { limits } = this.#session;
    const windowBytes = Math.min(this.#stream?.windowBytes ?? Infinity, this.#started.inputWindowBytes);
    // Half of what the executor takes, so that a frame with everything around it stays within its limit.
    return { windowBytes, frameBytes: Math.floor(limits.frameMaxBytes / 2) };
  }

  #take(frame: AttachResponse__Output): void {
    if (this.#over) return;
    this.#routes.noteActivity();
    try {
      if (frame.attached != null && !this.#inputKnown) {
        this.#input.resume(frame.attached.inputTaken, frame.attached.inputReceived);
        this.#inputKnown = true;
        this.#flusher.schedule();
      }
      // A flush for nothing but the credit of a short answer would cost a frame for every call.
      if (frame.inputTaken !== undefined && this.#input.taken(frame.inputTaken) && this.#input.isWaiting) {
        this.#flusher.schedule();
      }
      if (frame.stdout != null) this.#outputs.stdout.receive(frame.stdout.offset, frame.stdout.data);
      if (frame.stderr != null) this.#outputs.stderr.receive(frame.stderr.offset, frame.stderr.data);
      if (frame.outputWaiting) void this.#moveToBulk();
      if (frame.inputClosed != null) {
        this.#input.taken(frame.inputClosed.taken);
        this.#input.close();
      }
      if (frame.exited != null) this.#settleExit(fromExitedMessage(frame.exited));
      if (frame.closed != null) this.#leave();
    } catch (error) {
      this.#lose(toFairleadError(error));
    }
  }

  #flush(): void {
    if (this.#over || this.#stream === undefined) return;
    if (this.#isWide && this.#input.isSettled && this.#routes.isCalm) this.#attach("control");
    const stream = this.#stream;
    let frame: Frame = {};
    const { stdout: out, stderr: err } = this.#outputs;
    let isBusy = this.#routes.isMuch(Math.max(out.unacknowledgedBytes, err.unacknowledgedBytes));
    const stdout = this.#outputs.stdout.acknowledge();
    const stderr = this.#outputs.stderr.acknowledge();
    if (stdout !== undefined) frame.stdoutConsumed = stdout;
    if (stderr !== undefined) frame.stderrConsumed = stderr;
    if (this.#inputKnown) {
      const room = this.#inputRoom;
      for (let input = this.#input.next(room); input !== undefined; input = this.#input.next(room)) {
        stream.send({ ...frame, input });
        frame = {};
      }
      this.#routes.noteActivity();
      isBusy ||= this.#input.unsentBytes > 0;
    }
    if (isBusy) void this.#moveToBulk();
    if (Object.keys(frame).length > 0) stream.send(frame);
  }

  /** Whether more may be under way than the control connection should carry: this stream could go on another way. */
  get #isWide(): boolean {
    return this.#stream?.windowBytes === undefined && this.#connection?.hasBulk === true;
  }

  /** Goes on over the bulk connection, as soon as that is up; until then over this one. */
  async #moveToBulk(): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined || this.#stream?.route !== "control") return;
    if (this.#stream.windowBytes === undefined && !connection.hasBulk) return;
    const route = await this.#routes.leaveControl(connection);
    if (route === undefined || this.#connection !== connection || this.#stream?.route !== "control") return;
    // Where the bulk connection fails again, this one carries it all already.
    if (route === "bulk" || this.#stream.windowBytes !== undefined) this.#attach(route);
  }

  #settleExit(exit: ProcessExit): void {
    if (this.#exit !== undefined) return;
    this.#exit = exit;
    this.#input.close();
    this.#exited.resolve(exit);
  }

  /** Everything was seen: says so and lets the stream end. */
  #leave(): void {
    const stream = this.#stream;
    this.#finish();
    const { processId } = this.#started;
    const { stdout, stderr } = this.#outputs;
    const ends = { processId, stdoutOffset: stdout.received, stderrOffset: stderr.received };
    void stream?.leave(true).then((isKnown) => {
      if (!isKnown) sayExitSeen(this.#session, { ...ends, generation: this.#generation + 1 });
    });
    if (this.#exit !== undefined) this.#closed.resolve(this.#exit);
  }

  #broke(stream: AttachStream, connection: Connection, error: FairleadError): void {
    if (this.#stream !== stream || this.#over) return;
    this.#stream = undefined;
    if (error.reason !== "executor_unreachable") this.#lose(error);
    else if (stream.route === "control") connection.fail(error);
    else {
      connection.bulkFailed(stream.call);
      this.#attach("control");
    }
  }

  #lose(error: FairleadError): void {
    if (this.#over) return;
    void this.#stream?.leave();
    this.#finish();
    this.#input.close(error);
    const exit = this.#exit ?? { reason: "session_lost" as const, code: null, signal: null };
    this.#exit = exit;
    this.#exited.resolve(exit);
    this.#closed.resolve(exit);
  }

  #finish(): void {
    this.#over = true;
    this.#stream = undefined;
    this.#leaveSession();
    this.#flusher.cancel();
  }
}

/** Closing a session ends everything in it, so a stop that comes later has nothing left to do. */
const endedWithSession: StopReport = { ended: [], forced: [], survived: [], blindSpots: [] };
