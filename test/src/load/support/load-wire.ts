import { createDeferred, type Deferred } from "@fairlead/core";
import { callHttp, type RawHttpAnswer } from "@fairlead/testkit";

/** A JSON-RPC message, as far as an agent of a load run reads it. */
export interface WireMessage {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: unknown;
}

/** Who speaks over a wire. */
export interface LoadWireOptions {
  readonly url: string;
  readonly token: string;
  /** Told everything that is no answer to a request. */
  readonly onMessage: (message: WireMessage, text: string) => void;
  /** Told what must not happen. */
  readonly onComplaint: (text: string) => void;
}

const callLimitMs = 30_000;
const legacyVersion = "2025-11-25";

/** Streamable HTTP by hand, kept as small as its memory must be over a long run: nothing is remembered. */
export class LoadWire {
  readonly #options: LoadWireOptions;
  readonly #pending = new Map<number, Deferred<{ message: WireMessage; text: string }>>();
  #session: string | undefined;
  #standing: RawHttpAnswer | undefined;
  #lastId = 0;

  constructor(options: LoadWireOptions) {
    this.#options = options;
  }

  /** Opens a session and its standing stream. */
  async open(initialize: object): Promise<void> {
    this.#session = undefined;
    await this.request("initialize", { protocolVersion: legacyVersion, ...initialize });
    await this.send({ method: "notifications/initialized" });
    this.#standing = await this.#http("GET").answer;
    const { status } = this.#standing;
    if (status !== 200) this.#options.onComplaint(`the standing stream got ${status}`);
  }

  /** Ends the session. */
  async close(): Promise<void> {
    const { status } = await this.#http("DELETE").answer;
    if (status >= 300) this.#options.onComplaint(`DELETE got ${status}`);
    this.#standing?.cut();
  }

  /**
   * Sends a request under the next number, which other agents use too, and gives its answer and the answer's text.
   * @param headers those of the era without sessions; no session is named then
   */
  async request(
    method: string,
    params: object,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{ message: WireMessage; text: string }> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answered = createDeferred<{ message: WireMessage; text: string }>();
    this.#pending.set(id, answered);
    const timer = setTimeout(() => {
      const text = `no answer to ${method} within ${callLimitMs} ms`;
      answered.resolve({ message: { error: text }, text });
    }, callLimitMs);
    try {
      await this.send({ id, method, params }, headers);
      return await answered.promise;
    } finally {
      clearTimeout(timer);
      this.#pending.delete(id);
    }
  }

  /** Sends one message. Settles once its HTTP answer has begun. */
  async send(message: object, headers?: Readonly<Record<string, string>>): Promise<void> {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    const answer = await this.#http("POST", body, headers).answer;
    const { status } = answer;
    if (status >= 300) throw new Error(`POST got ${status}: ${(await answer.body).slice(0, 300)}`);
    const session = answer.headers["mcp-session-id"];
    if (typeof session === "string") this.#session ??= session;
    if (answer.headers["content-type"]?.startsWith("application/json")) this.#take(await answer.body);
  }

  #http(
    method: string,
    body?: string,
    headers?: Readonly<Record<string, string>>,
  ): ReturnType<typeof callHttp> {
    const { url, token } = this.#options;
    const hasSession = headers === undefined && this.#session !== undefined;
    const all = {
      accept: method === "GET" ? "text/event-stream" : "application/json, text/event-stream",
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(hasSession ? { "mcp-session-id": this.#session, "mcp-protocol-version": legacyVersion } : {}),
      ...headers,
    } as Record<string, string>;
    return callHttp({ url, method, body, headers: all }, { onEvent: ({ data }) => this.#take(data) });
  }

  #take(text: string): void {
    if (text === "") return;
    const message = JSON.parse(text) as WireMessage;
    if (message.method !== undefined) return this.#options.onMessage(message, text);
    const waiting = this.#pending.get(Number(message.id));
    if (waiting === undefined) this.#options.onComplaint(`an answer came that nobody waits for: ${text}`);
    waiting?.resolve({ message, text });
  }
}
