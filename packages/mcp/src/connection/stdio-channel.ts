import {
  FairleadError,
  hastyStopTimes,
  type LaunchedProcess,
  type OutputHandler,
  type OutputName,
  type ProcessExit,
  type StopReport,
  type StopTimes,
  toFairleadError,
} from "@fairlead/core";
import { buildNotification } from "../envelope/build-message.js";
import { createLineSplitter, defaultMaxMessageBytes } from "../framing/line-splitter.js";
import { CallTable } from "./call-table.js";
import { createMessageRouter } from "./message-router.js";
import { createOutbox } from "./outbox.js";
import { serverGoneError, withoutEffect } from "./server-errors.js";
import { ServerRequests } from "./server-requests.js";
import { createStderrLog } from "./stderr-log.js";
import type { CallAnswer, ConnectionHandlers, McpCall, McpChannel } from "./types.js";

/** After an exit, or a broken stdin, answers already on their way are waited for until stdout was quiet this long. */
const quietMs = 250;
/** A server that only closed its stdin may talk for ever: after so long it is given up in the middle of a word. */
const longestTalkMs = 5_000;

/** What a channel needs to know before its process runs. */
export interface StdioChannelOptions {
  /** The server's name, for messages. */
  readonly name: string;
  readonly handlers?: ConnectionHandlers | undefined;
  /** @default 64 MiB, see `defaultMaxMessageBytes` */
  readonly maxMessageBytes?: number | undefined;
}

const nothingStopped: StopReport = { ended: [], forced: [], survived: [], blindSpots: [] };

type ChannelState =
  | { readonly state: "starting" }
  | { readonly state: "open"; readonly process: LaunchedProcess }
  | {
      readonly state: "draining";
      readonly process: LaunchedProcess;
      readonly timer: NodeJS.Timeout;
      readonly exit: ProcessExit | undefined;
      readonly cause: unknown;
      /** Until when output puts its end off, by `performance.now()`. */
      readonly talksUntilMs: number;
    }
  | { readonly state: "closed"; readonly toError: (during?: string) => FairleadError };

/**
 * Raw MCP over the pipes of one process. It is made before the launch, because output may come at once: pass
 * `onOutput` to the launcher, then {@link attach} what it gives.
 */
export class StdioChannel implements McpChannel {
  readonly #name: string;
  readonly #handlers: ConnectionHandlers;
  readonly #limitBytes: number;
  readonly #outbox = createOutbox();
  readonly #splitter;
  readonly #stderr;
  readonly #calls: CallTable;
  readonly #requests: ServerRequests;
  #state: ChannelState = { state: "starting" };
  #process: LaunchedProcess | undefined;
  #stopping: Promise<StopReport> | undefined;
  #holds = 0;
  #owedBytes = { stdout: 0, stderr: 0 };
  #junkLines = 0;
  #isMuted = false;
  #isCutOff = false;

  constructor(options: StdioChannelOptions) {
    this.#name = options.name;
    this.#handlers = options.handlers ?? {};
    this.#limitBytes = options.maxMessageBytes ?? defaultMaxMessageBytes;
    const send = (line: Buffer): void => this.#outbox.send(line);
    const warn = (text: string): void => this.#warn(text);
    const calls = new CallTable({ name: options.name, send, warn });
    this.#calls = calls;
    this.#requests = new ServerRequests({
      onRequest: this.#handlers.onRequest,
      send,
      warn,
      relatedCall: () => calls.only(),
      pauseClocks: () => calls.pauseClocks(),
    });
    const router = createMessageRouter({
      name: options.name,
      carrier: "a line on stdout",
      limitBytes: this.#limitBytes,
      calls,
      requests: this.#requests,
      onNotification: this.#handlers.onNotification,
      warn,
      isCutOff: () => this.#isCutOff,
      onJunk: () => {
        this.#junkLines += 1;
      },
    });
    this.#stderr = createStderrLog((line) => this.#guard("onStderr", () => this.#handlers.onStderr?.(line)));
    this.#splitter = createLineSplitter({
      maxLineBytes: this.#limitBytes,
      onLine: (line) => router.dispatch(line),
      onOversize: (info) => router.refuseOversize(info),
    });
  }

  /** Lines on stdout so far that were no messages. */
  get junkLines(): number {
    return this.#junkLines;
  }

  readonly onOutput: OutputHandler = (name, chunk) => {
    if (name === "stderr") {
      this.#stderr.push(chunk);
    } else if (this.#state.state !== "closed") {
      const state = this.#state;
      if (state.state === "draining" && performance.now() < state.talksUntilMs) state.timer.refresh();
      this.#splitter.push(chunk);
    }
    this.#giveCredit(name, chunk.length);
  };

  /** Takes over the process: from here on {@link close} stops it. */
  attach(process: LaunchedProcess): void {
    this.#process = process;
    if (this.#state.state === "starting") this.#state = { state: "open", process };
    this.#outbox.attach({
      write: async (bytes) => process.write(bytes),
      onFailed: (cause) => this.#drain(process, { cause }),
    });
    this.#giveCredit("stdout", 0);
    this.#giveCredit("stderr", 0);
    void process.exited.then((exit) => this.#drain(process, { exit }));
  }

  request(call: McpCall): Promise<CallAnswer> {
    const state = this.#state;
    if (state.state === "closed") return Promise.reject(withoutEffect(state.toError(call.method)));
    if (state.state === "draining") return Promise.reject(withoutEffect(this.#goneError(state, call.method)));
    return this.#calls.start(call);
  }

  notify(method: string, params?: Uint8Array): void {
    this.#outbox.send(buildNotification({ method, paramsRaw: params }));
  }

  holdOutput(): () => void {
    this.#holds += 1;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#holds -= 1;
      this.#giveCredit("stdout", 0);
    };
  }

  stderrTail(maxBytes?: number): string {
    return this.#stderr.tail(maxBytes);
  }

  close(times?: Partial<StopTimes>): Promise<StopReport> {
    this.#end("closed", undefined, () => {
      const message = `The connection to server '${this.#name}' was closed`;
      return new FairleadError("canceled", message, { details: { server: this.#name } });
    });
    return this.#stop(times).finally(() => this.#stderr.end());
  }

  [Symbol.asyncDispose] = async (): Promise<void> => {
    await this.close();
  };

  #drain(process: LaunchedProcess, loss: { readonly exit?: ProcessExit; readonly cause?: unknown }): void {
    const previous = this.#state;
    if (previous.state === "closed") return;
    const known = previous.state === "draining" ? previous : undefined;
    if (known !== undefined) clearTimeout(known.timer);
    const timer = setTimeout(() => this.#quiet(), quietMs);
    const exit = loss.exit ?? known?.exit;
    // What has exited is heard to the end, which comes by itself.
    const talksUntilMs = exit === undefined ? performance.now() + longestTalkMs : Number.POSITIVE_INFINITY;
    this.#state = {
      state: "draining",
      process,
      timer,
      exit,
      cause: loss.cause ?? known?.cause,
      talksUntilMs,
    };
    if (loss.exit !== undefined) void process.closed.then(() => this.#lose());
  }

  #quiet(): void {
    const state = this.#state;
    // While its reader holds it back, silence says nothing about what is still to come.
    if (state.state === "draining" && this.#holds > 0) this.#drain(state.process, {});
    else this.#lose();
  }

  #lose(): void {
    const state = this.#state;
    if (state.state !== "draining") return;
    this.#isCutOff = true;
    this.#splitter.end();
    this.#stderr.end();
    this.#end("lost", state.exit, (during) => this.#goneError(state, during));
    // A helper may have outlived the server; nobody else would look for it.
    this.#stop(hastyStopTimes).catch((error: unknown) => {
      const { reason, message } = toFairleadError(error);
      // An executor ends the trees of a session before it forgets it.
      if (reason !== "session_unknown") this.#warn(`its process tree could not be stopped: ${message}`);
    });
  }

  #end(
    cause: "closed" | "lost",
    exit: ProcessExit | undefined,
    toError: (during?: string) => FairleadError,
  ): void {
    const previous = this.#state;
    if (previous.state === "closed") return;
    if (previous.state === "draining") clearTimeout(previous.timer);
    this.#state = { state: "closed", toError };
    this.#outbox.end();
    this.#calls.failAll((call) => toError(call.method));
    const error = toError();
    this.#requests.abortAll(error);
    this.#guard("onClosed", () =>
      this.#handlers.onClosed?.({ cause, error, exit, stderrTail: this.#stderr.tail() }),
    );
  }

  #stop(times: Partial<StopTimes> | undefined): Promise<StopReport> {
    this.#stopping ??= this.#process?.stop(times) ?? Promise.resolve(nothingStopped);
    return this.#stopping;
  }

  #goneError(loss: { readonly exit: ProcessExit | undefined; readonly cause: unknown }, during?: string) {
    return serverGoneError(this.#name, { ...loss, stderrTail: this.#stderr.tail() }, during);
  }

  #giveCredit(name: OutputName, byteCount: number): void {
    this.#owedBytes[name] += byteCount;
    const owed = this.#owedBytes[name];
    if (this.#process === undefined || owed === 0 || (name === "stdout" && this.#holds > 0)) return;
    this.#owedBytes[name] = 0;
    this.#process.consumed(name, owed);
  }

  #guard(what: string, run: () => void): void {
    try {
      run();
    } catch (thrown) {
      this.#warn(`the handler of ${what} threw: ${String(thrown)}`);
    }
  }

  #warn(text: string): void {
    if (this.#isMuted) return;
    try {
      this.#handlers.onWarning?.(`Server '${this.#name}': ${text}`);
    } catch {
      // Nobody is left to tell that warnings cannot be told.
      this.#isMuted = true;
    }
  }
}
