import http2 from "node:http2";
import type { Duplex } from "node:stream";

let patched = false;

/**
 * Closes a socket that failed. Node 20 ends an HTTP/2 session whose TLS failed, for example because the peer found a record
 * spoiled, but leaves its socket half open for ever.
 */
export function closeOnceFailed(socket: Duplex): void {
  socket.once("error", () => socket.destroy());
}

/** Makes every HTTP/2 client from here on {@link closeOnceFailed | close sockets that failed}. */
export function closeFailedClientSockets(): void {
  if (patched) return;
  patched = true;
  const connect = http2.connect as (...args: unknown[]) => http2.ClientHttp2Session;
  http2.connect = (...args: unknown[]) =>
    connect(...args).once("connect", (_, socket) => closeOnceFailed(socket));
}
