import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { StringDecoder } from "node:string_decoder";
import { createDeferred, FairleadError } from "@fairlead/core";
import { createEventParser, type RawEvent } from "./event-parser.js";

/** One HTTP request, every byte of it the caller's. */
export interface RawHttpRequest {
  readonly url: string;
  readonly method: string;
  /** `host` may be given too. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Uint8Array | undefined;
}

/** The answer to one HTTP request, from its first byte on. */
export interface RawHttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Server-sent events so far. */
  readonly events: readonly RawEvent[];
  /** Settles at the end of the body: its text, whether or not it was cut off. Never rejects. */
  readonly body: Promise<string>;
  /** How the body ended: by itself, or because a side cut the connection. Never rejects. */
  readonly ended: Promise<"finished" | "cut">;
  /** Closes the connection at once. */
  cut(): void;
}

/** A request on its way. */
export interface RawHttpCall {
  /** Settles when the whole request was written. */
  readonly sent: Promise<void>;
  /** @throws FairleadError `unavailable` if there is no answer */
  readonly answer: Promise<RawHttpAnswer>;
  /** Closes the connection at once, answered or not. */
  cut(): void;
}

/** Who is told what an answer brings. */
export interface RawHttpListener {
  readonly onEvent?: (event: RawEvent) => void;
}

/** Makes one request over a connection of its own. */
export function callHttp(call: RawHttpRequest, listener: RawHttpListener = {}): RawHttpCall {
  const answer = createDeferred<RawHttpAnswer>();
  const sent = createDeferred<void>();
  const outgoing = request(call.url, { method: call.method, headers: { ...call.headers }, agent: false });
  outgoing.once("finish", () => sent.resolve());
  outgoing.once("response", (incoming) => answer.resolve(readAnswer(outgoing, incoming, listener)));
  outgoing.on("error", (cause) => {
    const text = `${call.method} ${call.url} was not answered: ${cause.message}`;
    const error = new FairleadError("unavailable", text, { cause });
    answer.reject(error);
    sent.reject(error);
  });
  // Whoever wants to know awaits them; a call that was cut on purpose needs nobody.
  answer.promise.catch(() => undefined);
  sent.promise.catch(() => undefined);
  outgoing.end(call.body);
  return {
    sent: sent.promise,
    answer: answer.promise,
    cut: () => outgoing.destroy(new Error("cut by the test")),
  };
}

function readAnswer(
  outgoing: ClientRequest,
  incoming: IncomingMessage,
  { onEvent }: RawHttpListener,
): RawHttpAnswer {
  const events: RawEvent[] = [];
  const parser = createEventParser((event) => {
    events.push(event);
    onEvent?.(event);
  });
  const isStream = /^text\/event-stream\b/.test(incoming.headers["content-type"] ?? "");
  const decoder = new StringDecoder("utf8");
  const texts: string[] = [];
  const body = createDeferred<string>();
  const ended = createDeferred<"finished" | "cut">();
  incoming.on("data", (chunk: Buffer) => {
    const text = decoder.write(chunk);
    if (isStream) parser.push(text);
    texts.push(text);
  });
  // A cut body is an outcome here, not an error.
  incoming.on("error", () => undefined);
  incoming.once("close", () => {
    ended.resolve(incoming.complete ? "finished" : "cut");
    body.resolve(texts.join(""));
  });
  return {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    events,
    body: body.promise,
    ended: ended.promise,
    cut: () => outgoing.destroy(),
  };
}
