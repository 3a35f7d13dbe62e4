import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { createDeferred, FairleadError } from "@fairlead/core";
import type { Dispatcher } from "undici";
import type { PooledConnection } from "./connection-pool.js";
import { exchangeError, toExchangeError, withUnknownEffect } from "./http-errors.js";
import type { OutgoingRequest } from "./outgoing-request.js";
import type { Proxy } from "./proxy-choice.js";
import { refusal } from "./proxy-tunnel.js";
import { type OutgoingStream, readOutgoing } from "./request-body.js";
import type { RequestWatch } from "./request-watch.js";
import { createIncomingBody, limitBytes } from "./response-body.js";

/** The head of an answer, and its body on the way. */
export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  /** As it is on the wire. */
  readonly body: ReadableStream<Uint8Array>;
  /** Settled when the last byte came, or none will; it never rejects. */
  readonly ended: Promise<void>;
  /** Closes the socket. Nothing happens where the answer is whole. */
  readonly stop: () => void;
}

/** What one exchange needs beside the request. */
export interface ExchangeOptions {
  readonly watch: RequestWatch;
  /** The proxy that the connection goes through. */
  readonly proxy: Proxy | undefined;
  /** Bytes of the body on the wire above which it fails. */
  readonly maxBytes: number | undefined;
}

/**
 * Sends one request over one connection, and gives that back or closes it when the answer has ended.
 * @returns when the head of the answer is there; its body fails with the same errors
 */
export function exchange(
  connection: PooledConnection,
  request: OutgoingRequest,
  { watch, proxy, maxBytes }: ExchangeOptions,
): Promise<Answer> {
  const answered = createDeferred<Answer>();
  const ended = createDeferred<void>();
  const limit = limitBytes(maxBytes, watch.what);
  const outgoing =
    request.body.kind === "stream" ? readOutgoing(request.body.stream, () => watch.moved()) : undefined;
  let phase: "head" | "body" = "head";
  let held = false;
  let begun = false;
  let over = false;

  const finish = (): void => {
    over = true;
    watch.signal.removeEventListener("abort", onAbort);
    outgoing?.stop();
    ended.resolve();
  };
  const fail = (error: FairleadError): void => {
    if (over) return;
    over = true;
    // First the socket: a request body that is cut short must not be completed on it.
    void connection.discard();
    finish();
    answered.reject(error);
    body.fail(error);
  };
  const onAbort = (): void => {
    const reason: unknown = watch.signal.reason;
    fail(toExchangeError(begun ? withUnknownEffect(reason) : reason, progress()));
  };
  const progress = () => ({ what: watch.what, phase, peerEnded: connection.peerEnded });
  const stop = (): void => fail(new FairleadError("canceled", `${watch.what} was given up by its reader`));
  const body = createIncomingBody({
    onWanted() {
      if (!held || over) return;
      held = false;
      watch.moved();
      connection.resume();
    },
    onCancel: stop,
  });

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart() {
      begun = true;
      watch.moved();
    },
    onResponseStart(control, status, _headers, statusText) {
      if (over || status < 200) return;
      watch.moved();
      phase = "body";
      if (status === 407 && proxy !== undefined && request.url.protocol === "http:") {
        // It may also come from behind the proxy, which passed the request on.
        fail(withUnknownEffect(refusal(proxy, status, request.url.host)));
        return;
      }
      const headers = toHeaders(control.rawHeaders);
      if (headers === undefined || status > 599) {
        fail(badHead(watch.what, status));
        return;
      }
      answered.resolve({
        status,
        statusText: plainText(statusText),
        headers,
        body: body.stream,
        ended: ended.promise,
        stop,
      });
      const tooLarge = limit.expect(expectedBytes(request.method, status, headers));
      if (tooLarge !== undefined) fail(tooLarge);
    },
    onResponseData(_control, chunk) {
      if (over) return;
      watch.moved();
      const tooLarge = limit.add(chunk.byteLength);
      if (tooLarge !== undefined) {
        fail(tooLarge);
      } else if (!body.push(chunk)) {
        held = true;
        connection.hold();
        watch.held();
      }
    },
    onResponseEnd() {
      if (over) return;
      // undici takes a reset for the end of an answer without a length.
      if (connection.peerFailure !== undefined) {
        fail(toExchangeError(connection.peerFailure, progress()));
        return;
      }
      finish();
      body.end();
      connection.release();
    },
    onResponseError: (_control, error) => fail(toExchangeError(error, progress())),
  };

  if (watch.signal.aborted) {
    onAbort();
  } else {
    watch.signal.addEventListener("abort", onAbort, { once: true });
    connection.dispatch(toDispatch(request, proxy, outgoing), handler);
  }
  return answered.promise;
}

function toDispatch(
  { method, url, headers, body }: OutgoingRequest,
  proxy: Proxy | undefined,
  outgoing: OutgoingStream | undefined,
): Omit<Dispatcher.DispatchOptions, "origin"> {
  const sent = [...headers].flat();
  const target = `${url.pathname}${url.search}`;
  const options = { method, body: toDispatchBody(body, outgoing) };
  // Through a proxy, plain http is asked for by its whole URL; https has a tunnel and is asked for as ever.
  if (proxy === undefined || url.protocol === "https:") return { ...options, path: target, headers: sent };
  if (proxy.authorization !== undefined && !headers.has("proxy-authorization")) {
    sent.push("proxy-authorization", proxy.authorization);
  }
  return { ...options, path: `${url.origin}${target}`, headers: sent };
}

function toDispatchBody(
  body: OutgoingRequest["body"],
  outgoing: OutgoingStream | undefined,
): Uint8Array | Readable | null {
  if (outgoing === undefined) return body.kind === "bytes" ? body.bytes : null;
  const readable = Readable.from(outgoing.chunks);
  // Its failures come back through undici; one after the answer ended interests nobody, but may not end the process.
  readable.on("error", () => {});
  return readable;
}

/** Header bytes are Latin-1, as every HTTP/1.1 implementation reads them. */
function toHeaders(raw: Dispatcher.DispatchController["rawHeaders"]): Headers | undefined {
  const headers = new Headers();
  const list = Array.isArray(raw) ? raw.map((part) => part.toString("latin1")) : [];
  try {
    for (let index = 0; index + 1 < list.length; index += 2) {
      headers.append(list[index] ?? "", list[index + 1] ?? "");
    }
  } catch {
    return undefined;
  }
  return headers;
}

/** A reason phrase that no `Response` accepts is left out: nothing depends on it. */
function plainText(statusText: string | undefined): string {
  return statusText !== undefined && /^[\t\x20-\x7e]*$/.test(statusText) ? statusText : "";
}

function expectedBytes(method: string, status: number, headers: Headers): number {
  if (method === "HEAD" || status === 204 || status === 304) return 0;
  const length = Number(headers.get("content-length") ?? 0);
  return Number.isFinite(length) ? length : 0;
}

function badHead(what: string, status: number): FairleadError {
  return exchangeError(
    ["protocol", "response_invalid"],
    `The head of the answer to ${what} (status ${status}) has a status or header that HTTP does not allow. Look into the server`,
    { details: { problem: "bad_head" } },
  );
}
