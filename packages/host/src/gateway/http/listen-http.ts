import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { FairleadError, settlesWithinMs } from "@fairlead/core";
import { inUrl, isLoopback } from "./check-address.js";
import type { HttpFace, HttpFaceLimits, ListenHttpOptions } from "./http-face.js";
import { createHttpHandler, resolveLimits } from "./http-handler.js";

/** How long answers under way may still be written at the end. */
const lastWordsMs = 1_000;
/** Longer than clients keep an idle connection, so that none is closed while a request is on its way. */
const idleConnectionMs = 65_000;

/**
 * Serves agents over Streamable HTTP, of both eras.
 * @throws FairleadError `usage` for an address that would be open to others, or for unusable TLS files; `already_exists`,
 * reason `address_in_use`; `unavailable` where the address cannot be listened on
 */
export async function listenHttp(options: ListenHttpOptions): Promise<HttpFace> {
  const host = options.host ?? "127.0.0.1";
  refuseOpenDoors(host, options);
  const limits = resolveLimits(options.limits);
  const handler = createHttpHandler(options, host);
  const connections = new Set<Socket>();
  let server: Server;
  try {
    server = createHttpServer(options, limits, (request, response) => handler.handle(request, response));
    server.on("connection", (socket: Socket) => {
      connections.add(socket);
      socket.on("close", () => connections.delete(socket));
    });
    await listen(server, host, options.port);
  } catch (thrown) {
    await handler.close();
    throw thrown;
  }
  const { port } = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const closed = once(server, "close");
    server.close();
    await handler.close();
    await settlesWithinMs(closed, lastWordsMs);
    // The server itself does not know those that are still amid the handshake of TLS.
    for (const socket of connections) socket.destroy();
    await closed;
  };
  const face: HttpFace = {
    url: `${options.tls === undefined ? "http" : "https"}://${inUrl(host)}:${port}/mcp`,
    port,
    sessions: () => handler.sessions(),
    close() {
      closing ??= close();
      return closing;
    },
    [Symbol.asyncDispose]: () => face.close(),
  };
  return face;
}

function refuseOpenDoors(host: string, options: ListenHttpOptions): void {
  if (isLoopback(host)) return;
  const refuse = (text: string): never => {
    throw new FairleadError("usage", `Will not listen on ${host}: ${text}`, {
      reason: "insecure_transport",
      effect: "none",
      details: { host },
    });
  };
  if (options.auth.kind === "none") {
    refuse("everybody who reaches it could use every server. Keep the token, or listen on 127.0.0.1");
  }
  if (options.tls === undefined && options.dangerouslyAllowPublicPlaintext !== true) {
    refuse(
      "tokens and messages could be read on the way. Configure TLS, listen on 127.0.0.1 behind ssh or a proxy, or allow it by its dangerous flag",
    );
  }
}

function createHttpServer(
  { tls }: ListenHttpOptions,
  limits: HttpFaceLimits,
  listener: RequestListener,
): Server {
  const settings = {
    headersTimeout: limits.headDeadlineMs,
    requestTimeout: limits.bodyDeadlineMs,
    connectionsCheckingInterval: Math.min(5_000, limits.headDeadlineMs),
    keepAliveTimeout: idleConnectionMs,
    keepAlive: true,
    keepAliveInitialDelay: limits.keepAliveMs,
  };
  if (tls === undefined) return createServer(settings, listener);
  try {
    const { cert, key } = tls;
    const handshakeTimeout = limits.headDeadlineMs;
    return createTlsServer({ ...settings, handshakeTimeout, cert, key, minVersion: "TLSv1.2" }, listener);
  } catch (cause) {
    const text = "The TLS certificate and key cannot be used: both must be PEM, and belong together";
    throw new FairleadError("usage", text, { cause, reason: "argument_invalid", effect: "none" });
  }
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (cause) {
    const isTaken = cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE";
    const details = { host, port };
    if (isTaken) {
      const text = `${inUrl(host)}:${port} is taken by another program: end it, or choose another port`;
      throw new FairleadError("already_exists", text, {
        cause,
        reason: "address_in_use",
        effect: "none",
        details,
      });
    }
    const why = cause instanceof Error ? cause.message : String(cause);
    const text = `Cannot listen on ${inUrl(host)}:${port}: ${why}`;
    throw new FairleadError("unavailable", text, { cause, effect: "none", details });
  }
}
