import { FairleadError } from "@fairlead/core";
import { MessageInbox, parseMessage, type RawMessage } from "./message-inbox.js";
import { type Envelope, modernHeaders, withEnvelope } from "./modern-envelope.js";
import { callHttp, type RawHttpAnswer, type RawHttpCall } from "./raw-http-call.js";
import { createPeerMethods, type RawPeer } from "./raw-peer.js";

/** Where a raw HTTP client connects, and as whom. */
export interface RawHttpOptions {
  readonly url: string;
  /** @default no Authorization header */
  readonly token?: string | undefined;
  /** Sent with every request, over all others. @default none */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Speaks the era without a handshake: messages sent as objects get this envelope and its headers. @default legacy */
  readonly modern?: Envelope | undefined;
}

/**
 * A JSON-RPC peer over Streamable HTTP, every request made by hand over a connection of its own. A session id of an answer
 * is sent from then on. Disposing closes all connections and nothing else: the session lives on.
 */
export interface RawHttpClient extends RawPeer {
  /** Undefined before `initialize` and in the modern era. */
  sessionId: string | undefined;
  /** Sends a body as it is. Messages of the answer are taken in too. */
  post(body: string | Uint8Array, headers?: Readonly<Record<string, string>>): RawHttpCall;
  /** Sends a message as {@link send} does, and gives its HTTP to be watched and cut. */
  call(message: object): RawHttpCall;
  /** Opens the session's own stream. @param lastEventId what comes after it is sent again */
  openStream(lastEventId?: string): Promise<RawHttpAnswer>;
  /** Sends DELETE. */
  endSession(): Promise<RawHttpAnswer>;
}

const bothTypes = "application/json, text/event-stream";

/** Makes a client; nothing is sent yet. */
export function createRawHttpClient(options: RawHttpOptions): RawHttpClient {
  const refusals: string[] = [];
  const inbox = new MessageInbox(() => `${options.url} refused: ${refusals.join("; ") || "nothing"}`);
  const calls = new Set<RawHttpCall>();
  let protocolVersion: string | undefined;

  const start = (method: string, body?: string | Uint8Array, headers?: object): RawHttpCall => {
    const call = callHttp(
      {
        url: options.url,
        method,
        body,
        headers: {
          accept: method === "GET" ? "text/event-stream" : bothTypes,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
          ...(client.sessionId === undefined ? {} : { "mcp-session-id": client.sessionId }),
          ...(protocolVersion === undefined ? {} : { "mcp-protocol-version": protocolVersion }),
          ...headers,
          ...options.headers,
        },
      },
      { onEvent: ({ data }) => take(data) },
    );
    calls.add(call);
    call.answer.then(
      ({ ended }) => ended.then(() => calls.delete(call)),
      () => calls.delete(call),
    );
    return call;
  };
  const take = (text: string): void => {
    const message = parseMessage(text);
    if (message === undefined) return;
    const revision = (message.result as { protocolVersion?: unknown } | undefined)?.protocolVersion;
    if (typeof revision === "string") protocolVersion ??= revision;
    inbox.add(message, text);
  };
  const post = (body: string | Uint8Array, headers?: object): RawHttpCall => {
    const call = start("POST", body, headers);
    call.answer.then(
      async (answer) => {
        const id = answer.headers["mcp-session-id"];
        if (typeof id === "string") client.sessionId ??= id;
        const isJson = /^application\/json\b/.test(answer.headers["content-type"] ?? "");
        if (isJson) take(await answer.body);
      },
      // Told to whoever awaits the answer.
      () => undefined,
    );
    return call;
  };
  const { modern } = options;
  const callWith = (sent: string): { readonly call: RawHttpCall; readonly message: RawMessage } => {
    const text = modern === undefined ? sent : withEnvelope(sent, modern);
    const message = parseMessage(text) ?? {};
    return { message, call: post(text, modern === undefined ? {} : modernHeaders(message)) };
  };
  const methods = createPeerMethods(inbox, (text) => {
    const { call, message } = callWith(text);
    const accepted = refuseBadStatus(call, message, refusals);
    const isRequest = message.method !== undefined && message.id !== undefined;
    return { sent: isRequest ? call.sent : accepted, accepted };
  });
  const client: RawHttpClient = {
    ...methods,
    sessionId: undefined,
    post,
    call: (message) => callWith(JSON.stringify(message)).call,
    openStream: (lastEventId) =>
      start("GET", undefined, lastEventId === undefined ? {} : { "last-event-id": lastEventId }).answer,
    endSession: () => start("DELETE").answer,
    [Symbol.asyncDispose]: async () => {
      for (const call of calls) call.cut();
      calls.clear();
      inbox.end();
    },
  };
  return client;
}

async function refuseBadStatus(call: RawHttpCall, message: RawMessage, refusals: string[]): Promise<void> {
  const answer = await call.answer;
  if (answer.status < 400) return;
  const body = await answer.body;
  refusals.push(`${answer.status} ${body.slice(0, 500)}`);
  // An error answer with our id is an answer.
  if (message.id !== undefined && parseMessage(body)?.id === message.id) return;
  throw new FairleadError("protocol", `HTTP status ${answer.status}: ${body.slice(0, 2_000)}`, {
    details: { httpStatus: answer.status },
  });
}
