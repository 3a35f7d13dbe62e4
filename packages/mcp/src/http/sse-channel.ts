import {
  createDeferred,
  type FairleadError,
  type StopReport,
  toFairleadError,
  untilAborted,
} from "@fairlead/core";
import type { StartedCall } from "../connection/call-table.js";
import { type Greeting, shakeHands } from "../connection/handshake.js";
import type { StartDeadline } from "../connection/start-deadline.js";
import type { CallAnswer, InitializeResult, McpCall, McpConnection } from "../connection/types.js";
import { buildNotification } from "../envelope/build-message.js";
import { isEventStream, readEventStream } from "./answer-body.js";
import { driveCall } from "./drive-call.js";
import { type HttpChannelOptions, HttpCore, type HttpScope, nothingStopped } from "./http-core.js";
import { failedBy, noAnswerError, responseInvalidError, statusError, toHttpError } from "./http-failures.js";
import type { ExchangeOutcome } from "./post-exchange.js";
import { postMessage } from "./post-message.js";
import { postPatiently } from "./post-patiently.js";
import { readRefusal } from "./refusal.js";
import { dropBody } from "./response-body.js";

/** A server names its address at once; one that is silent for so long, in milliseconds, does not speak this. */
const endpointMs = 5_000;

/** What a channel over HTTP+SSE is told. */
export type SseOptions = HttpChannelOptions & Greeting;

/**
 * HTTP+SSE of the revision 2024-11-05, raw: one event stream brings everything, and names the address that messages are
 * posted to. The session is the stream; its end is that of the channel.
 */
export class SseChannel implements McpConnection {
  readonly era = "legacy";
  readonly #options: SseOptions;
  readonly #core: HttpCore;
  readonly #stream: HttpScope;
  #closing: Promise<StopReport> | undefined;
  #endpoint: string | undefined;
  #isSpoken = false;
  #initializeResult: InitializeResult | undefined;

  constructor(options: SseOptions) {
    this.#options = options;
    this.#core = new HttpCore(options, {
      sendCall: (line, started) => void this.#run(line, started),
      sendCancel: (line) => this.#deliver(line, "notifications/cancelled"),
      sendAnswer: (line) => void this.#deliver(line, "an answer of ours"),
    });
    this.#stream = this.#core.openScope();
  }

  get initializeResult(): InitializeResult {
    if (this.#initializeResult === undefined) throw new Error("The handshake is not done");
    return this.#initializeResult;
  }

  /** Whether the server has named an address for messages. */
  get isSpoken(): boolean {
    return this.#isSpoken;
  }

  /** Opens the stream and shakes hands. @throws FairleadError as a start does; the channel must then be closed */
  async open(deadline: StartDeadline): Promise<void> {
    const late = AbortSignal.timeout(endpointMs);
    this.#endpoint = await this.#openStream(AbortSignal.any([deadline.signal, late]));
    const core = this.#core;
    const result = await shakeHands(this.#options, (call) =>
      core.request({ ...call, signal: deadline.signal }),
    );
    const what = "notifications/initialized";
    this.#initializeResult = result;
    const options = { what, headers: this.#headers(), url: this.#endpoint, deadline };
    await postPatiently(core, buildNotification({ method: what }), options);
  }

  request(call: McpCall): Promise<CallAnswer> {
    return this.#core.request(call);
  }

  notify(method: string, params?: Uint8Array): void {
    if (this.#core.isClosed) return;
    void this.#deliver(buildNotification({ method, paramsRaw: params }), method);
  }

  holdOutput(): () => void {
    return this.#core.gate.hold();
  }

  stderrTail(): string {
    return "";
  }

  close(): Promise<StopReport> {
    this.#closing ??= this.#core.endByOwner().then(() => nothingStopped);
    return this.#closing;
  }

  [Symbol.asyncDispose] = async (): Promise<void> => {
    await this.close();
  };

  async #openStream(signal: AbortSignal): Promise<string> {
    const core = this.#core;
    const stream = this.#stream;
    const giveUp = (): void => stream.abort();
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      const headers = { accept: "text/event-stream" };
      const sent = core.wire.send({ method: "GET", headers, signal: stream.signal });
      const answer = await untilAborted(sent, signal, "Opening the event stream");
      if (!answer.response.ok) throw statusError(core.name, "GET", await readRefusal(answer));
      if (!isEventStream(answer.response)) {
        dropBody(answer.response);
        throw responseInvalidError(core.name, "answered GET with something else than an event stream");
      }
      const endpoint = createDeferred<string>();
      void this.#read(
        answer.response,
        (address) => endpoint.resolve(address),
        (error) => endpoint.reject(error),
      );
      const address = await untilAborted(endpoint.promise, signal, "Waiting for the event 'endpoint'");
      this.#isSpoken = true;
      return this.#resolveEndpoint(address, answer.url);
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  async #read(
    response: Response,
    onEndpoint: (address: string) => void,
    onEnd: (error: FairleadError) => void,
  ): Promise<void> {
    const core = this.#core;
    const end = await readEventStream(core, response, {
      signal: this.#stream.signal,
      onOther: (name, data) => {
        if (name === "endpoint") onEndpoint(data.toString("utf8"));
      },
    });
    const cause = end.cause === undefined ? undefined : toHttpError(end.cause, core.name);
    const toError = (during: string): FairleadError => noAnswerError(core.name, during, cause);
    onEnd(toError("GET"));
    core.end("lost", toError);
    this.#stream.end();
  }

  #resolveEndpoint(address: string, base: string): string {
    const { name, endpoint } = this.#options;
    const url = URL.canParse(address, base) ? new URL(address, base) : undefined;
    if (url === undefined) throw responseInvalidError(name, "named an address for messages that is no URL");
    // Its headers are secrets between us and its own origin.
    if (url.origin !== new URL(endpoint.url).origin) {
      throw responseInvalidError(name, `wants its messages at another origin, ${url.origin}`);
    }
    return url.href;
  }

  #run(line: Buffer, started: StartedCall): Promise<void> {
    const core = this.#core;
    const { method, headers: callHeaders } = started.call;
    const attempt = async (request: Buffer, signal: AbortSignal): Promise<ExchangeOutcome> => {
      const options = { what: method, headers: this.#headers(), url: this.#endpoint, callHeaders, signal };
      try {
        await postMessage(core, request, { ...options, timeoutMs: Number.POSITIVE_INFINITY });
      } catch (thrown) {
        return { kind: "failed", failed: failedBy(toFairleadError(thrown)) };
      }
      // Taken; the answer comes on the stream.
      return { kind: "over" };
    };
    return driveCall(line, { core, started, attempt });
  }

  async #deliver(line: Buffer, what: string): Promise<void> {
    try {
      await postMessage(this.#core, line, { what, headers: this.#headers(), url: this.#endpoint });
    } catch (thrown) {
      if (this.#core.isClosed) return;
      this.#core.warn(`${what} could not be sent: ${toFairleadError(thrown).message}`);
    }
  }

  #headers(): Record<string, string> {
    const version = this.#initializeResult?.protocolVersion;
    return version === undefined ? {} : { "mcp-protocol-version": version };
  }
}
