import http2 from "node:http2";
import { closeOnceFailed } from "../failed-sockets.js";

/**
 * Receive window of a connection and of each of its streams. HTTP/2 gives credit back when half of it was read, so at 50 ms
 * and 100 Mbit/s 1 MiB reaches 76 Mbit/s and 1.5 MiB fills the line; more would only let bulk delay everything else.
 */
export const connectionWindowBytes = 1536 * 1024;

let widened = false;

/**
 * Gives every HTTP/2 server made from here on a wide receive window instead of 64 KiB. grpc-js can set it for
 * clients only, and with the small one an upload at 50 ms round trip gets 5.6 Mbit/s through instead of 98. They also
 * {@link closeOnceFailed | close sockets that failed}, which anybody who can connect could else pile up.
 */
export function widenServerWindows(): void {
  if (widened) return;
  widened = true;
  http2.createServer = widen(http2.createServer);
  http2.createSecureServer = widen(http2.createSecureServer);
}

type CreateServer = (options?: http2.ServerOptions, ...rest: unknown[]) => http2.Http2Server;

function widen<Create extends typeof http2.createServer | typeof http2.createSecureServer>(
  create: Create,
): Create {
  const original = create as unknown as CreateServer;
  const wrapped: CreateServer = (options, ...rest) => {
    const settings = { ...options?.settings, initialWindowSize: connectionWindowBytes };
    const server = original({ ...options, settings }, ...rest);
    server.on("session", (session) => {
      // Node reads nothing while a write waits for the system. A unix socket holds some 200 KiB, so with wide windows in
      // both directions both ends of a busy line would wait for each other for ever. Narrow in one they never do.
      if (session.socket.remoteAddress !== undefined) session.setLocalWindowSize(connectionWindowBytes);
    });
    server.on("secureConnection", closeOnceFailed);
    return server;
  };
  return wrapped as unknown as Create;
}
