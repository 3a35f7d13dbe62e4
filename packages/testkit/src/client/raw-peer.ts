import type { MessageInbox, RawMessage } from "./message-inbox.js";

/** An answer to a request. */
export interface RawResponse<Result> extends RawMessage {
  readonly result?: Result;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** What results look like to a test that does not say more. */
export type RawResult = Readonly<Record<string, unknown>>;

/** How one request is sent. */
export interface RawRequestOptions {
  /** @default 1, 2, 3 … */
  readonly id?: string | number | undefined;
  /** @default 10,000 */
  readonly timeoutMs?: number | undefined;
}

/** A JSON-RPC peer that checks nothing and hides nothing, whatever carries its messages. */
export interface RawPeer extends AsyncDisposable {
  /** Every message received so far, in order, also those that were handed out. */
  readonly messages: readonly RawMessage[];
  /** The very text of a received message. */
  textOf(message: RawMessage): string;
  /** Sends one message. @throws FairleadError `unavailable` if it cannot be sent */
  send(message: object): Promise<void>;
  /** Sends one message as the very text. @throws as {@link send} */
  sendText(text: string): Promise<void>;
  /** Sends a request and waits for its answer, result or error alike. @throws FairleadError `deadline_exceeded`, `unavailable` */
  request<Result = RawResult>(
    method: string,
    params?: object,
    options?: RawRequestOptions,
  ): Promise<RawResponse<Result>>;
  notify(method: string, params?: object): Promise<void>;
  /** Takes the first message that matches, past or future; each message is given once. @param timeoutMs default 10,000 */
  nextMessage(matches: (message: RawMessage) => boolean, timeoutMs?: number): Promise<RawMessage>;
  /** Takes the answer with this id, past or future. @param timeoutMs default 10,000 */
  waitForId<Result = RawResult>(id: string | number, timeoutMs?: number): Promise<RawResponse<Result>>;
}

/** How one message leaves. */
export interface Delivery {
  /** Settles when it has left; rejects if it cannot. */
  readonly sent: Promise<void>;
  /** Settles when the other side has not refused it. @default as `sent` */
  readonly accepted?: Promise<void> | undefined;
}

/** What a peer does with messages, written once for all that carries them. */
export type PeerMethods = Omit<RawPeer, typeof Symbol.asyncDispose>;

const defaultTimeoutMs = 10_000;

/** Makes the methods of a peer. @param deliver sends the text of one message */
export function createPeerMethods(inbox: MessageInbox, deliver: (text: string) => Delivery): PeerMethods {
  let lastId = 0;
  const sendText = async (text: string): Promise<void> => {
    const { sent, accepted } = deliver(text);
    // Who waits for a request to be accepted is told by request().
    accepted?.catch(() => undefined);
    await sent;
  };
  const send = (message: object): Promise<void> => sendText(JSON.stringify(message));
  const waitForId = async <Result>(id: string | number, timeoutMs = defaultTimeoutMs) => {
    const isAnswer = (message: RawMessage): boolean => message.id === id && message.method === undefined;
    const answer = await inbox.take(isAnswer, timeoutMs, `The answer to id ${id}`);
    return answer as RawResponse<Result>;
  };
  return {
    messages: inbox.all,
    textOf: (message) => inbox.textOf(message),
    send,
    sendText,
    request: async <Result>(method: string, params?: object, request: RawRequestOptions = {}) => {
      lastId += 1;
      const id = request.id ?? lastId;
      const answer = waitForId<Result>(id, request.timeoutMs);
      const delivery = deliver(JSON.stringify({ jsonrpc: "2.0", id, method, ...paramsMember(params) }));
      return (await Promise.all([answer, delivery.sent, delivery.accepted]))[0];
    },
    notify: (method, params) => send({ jsonrpc: "2.0", method, ...paramsMember(params) }),
    nextMessage: (matches, timeoutMs = defaultTimeoutMs) =>
      inbox.take(matches, timeoutMs, "A matching message"),
    waitForId,
  };
}

function paramsMember(params: object | undefined): { params?: object } {
  return params === undefined ? {} : { params };
}
