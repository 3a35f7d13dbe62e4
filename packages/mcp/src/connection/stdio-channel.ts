import {
  FairleadError,
  hastyStopTimes,
  type LaunchedProcess,
  type OutputHandler,
  type OutputName,
  type ProcessExit,
  type StopReport,
  type StopTimes,
} from "@fairlead/core";
import { buildNotification } from "../envelope/build-message.js";
import { elementRanges, sliceRange } from "../envelope/members.js";
import { type InvalidMessage, type ScannedNotification, scanMessage } from "../envelope/scan-message.js";
import { createLineSplitter, defaultMaxMessageBytes, type OversizeLine } from "../framing/line-splitter.js";
import { CallTable } from "./call-table.js";
import { createOutbox } from "./outbox.js";
import { serverGoneError, tooLargeError } from "./server-errors.js";
import { ServerRequests } from "./server-requests.js";
import { createStderrLog } from "./stderr-log.js";
import type { CallAnswer, ConnectionHandlers, McpCall, McpChannel } from "./types.js";

/** After an exit, or a broken stdin, answers already on their way are waited for until stdout was quiet this long. */
const quietMs = 250;

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
    }
  | { readonly state: "closed"; readonly toError: (during: string) => FairleadError };

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
    this.#stderr = createStderrLog((line) => this.#guard("onStderr", () => this.#handlers.onStderr?.(line)));
    this.#splitter = createLineSplitter({
      maxLineBytes: this.#limitBytes,
      onLine: (line) => this.#guard("a message", () => this.#dispatch(line)),
      onOversize: (info) => this.#refuseOversize(info),
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
      if (this.#state.state === "draining" && this.#state.exit !== undefined) this.#state.timer.refresh();
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

  #dispatch(line: Buffer): void {
    const message = scanMessage(line);
    switch (message.kind) {
      case "request":
        return this.#requests.start(message);
      case "notification":
        return this.#notified(message);
      case "result":
      case "error":
        return this.#calls.answer(message);
      case "invalid":
        return this.#refuseInvalid(message);
    }
  }

  #notified(message: ScannedNotification): void {
    if (message.method === "notifications/progress") return this.#calls.progress(message);
    if (message.method === "notifications/cancelled" && this.#requests.cancel(message)) return;
    this.#handlers.onNotification?.(message, this.#calls.only());
  }

  #refuseInvalid(message: InvalidMessage): void {
    const { id, line, text } = message;
    if (message.problem === "batch") {
      for (const range of elementRanges(line, { start: 0, end: line.length }) ?? []) {
        const element = sliceRange(line, range);
        // A batch inside a batch is nobody's; taking it apart would recurse.
        if (element[0] === 0x5b) this.#warn("a batch inside a batch was dropped");
        else this.#guard("a message of a batch", () => this.#dispatch(element));
      }
      return;
    }
    this.#junkLines += 1;
    const what = `a line on stdout is not a message (${text}; ${line.length} bytes) and was skipped`;
    this.#warn(`${what}: ${preview(line)}`);
    // Half a message, cut off by the server's end: its call is failed by that end.
    if (id === undefined || this.#isCutOff) return;
    if (message.hasMethod) return this.#requests.refuse(id, text);
    this.#calls.fail(id, (call) => {
      const error = `The answer of server '${this.#name}' to ${call.method} is broken: ${text}`;
      return new FairleadError("protocol", error, {
        reason: "frame_invalid",
        details: { server: this.#name },
      });
    });
  }

  #refuseOversize({ id, hasMethod, sizeBytes }: OversizeLine): void {
    const limitBytes = this.#limitBytes;
    const text = `a message of ${sizeBytes} bytes is larger than the limit of ${limitBytes} bytes`;
    if (hasMethod && id !== undefined) this.#requests.refuse(id, text);
    const toError = (call: McpCall): FairleadError =>
      tooLargeError(this.#name, call.method, { sizeBytes, limitBytes });
    const failed = !hasMethod && this.#calls.fail(id, toError);
    if (!failed) this.#warn(`${text} and was skipped`);
  }

  #drain(process: LaunchedProcess, loss: { readonly exit?: ProcessExit; readonly cause?: unknown }): void {
    const previous = this.#state;
    if (previous.state === "closed") return;
    const known = previous.state === "draining" ? previous : undefined;
    if (known !== undefined) clearTimeout(known.timer);
    const timer = setTimeout(() => this.#quiet(), quietMs);
    const exit = loss.exit ?? known?.exit;
    this.#state = { state: "draining", process, timer, exit, cause: loss.cause ?? known?.cause };
    if (loss.exit !== undefined) void process.closed.then(() => this.#lose());
  }

  #quiet(): void {
    const state = this.#state;
    // While its reader holds it back, silence says nothing about what is still to come.
    if (state.state === "draining" && this.#holds > 0) state.timer.refresh();
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
      this.#warn(`its process tree could not be stopped: ${String(error)}`);
    });
  }

  #end(
    cause: "closed" | "lost",
    exit: ProcessExit | undefined,
    toError: (during: string) => FairleadError,
  ): void {
    const previous = this.#state;
    if (previous.state === "closed") return;
    if (previous.state === "draining") clearTimeout(previous.timer);
    this.#state = { state: "closed", toError };
    this.#outbox.end();
    this.#calls.failAll((call) => toError(call.method));
    const error = toError("the next call");
    this.#requests.abortAll(error);
    this.#guard("onClosed", () =>
      this.#handlers.onClosed?.({ cause, error, exit, stderrTail: this.#stderr.tail() }),
    );
  }

  #stop(times: Partial<StopTimes> | undefined): Promise<StopReport> {
    this.#stopping ??= this.#process?.stop(times) ?? Promise.resolve(nothingStopped);
    return this.#stopping;
  }

  #goneError(loss: { readonly exit: ProcessExit | undefined; readonly cause: unknown }, during: string) {
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

function withoutEffect(error: FairleadError): FairleadError {
  const { code, message, reason, details, cause } = error;
  return new FairleadError(code, message, {
    details,
    cause,
    effect: "none",
    ...(reason === undefined ? {} : { reason }),
  });
}

function preview(line: Buffer): string {
  return JSON.stringify(line.toString("utf8", 0, 120));
}
