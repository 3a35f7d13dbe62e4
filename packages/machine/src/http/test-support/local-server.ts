import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createDeferred } from "@fairlead/core";

/** A server on a loopback port of its own. Whoever started it disposes of it; its sockets are then cut. */
export interface LocalServer extends AsyncDisposable {
  readonly port: number;
  /** Without a slash at its end. */
  readonly url: string;
  /** Those that are open. */
  readonly sockets: ReadonlySet<Socket>;
  /** How many connections there have been. */
  readonly connections: () => number;
  /** Resolves when no socket is open any more. */
  allClosed(): Promise<void>;
  /** Refuses new connections; those that are open stay. */
  stopListening(): void;
}

/** Starts a plain HTTP server. */
export function startHttpServer(listener: RequestListener): Promise<LocalServer> {
  return listen(createHttpServer(listener), "http");
}

/** Starts an HTTPS server. */
export function startHttpsServer(
  pair: { readonly cert: string; readonly key: string },
  listener: RequestListener,
): Promise<LocalServer> {
  return listen(createHttpsServer(pair, listener), "https");
}

/** Starts a TCP server that may answer anything; errors of its sockets are nobody's concern. */
export function startRawServer(onSocket: (socket: Socket) => void): Promise<LocalServer> {
  return listen(createTcpServer(onSocket), "http");
}

/** Starts a server that answers every connection with these bytes, when the first byte of a request came, and then ends it. */
export function startFixedAnswer(
  text: string,
  ending: "end" | "reset" | "keep" = "end",
): Promise<LocalServer> {
  return startRawServer((socket) => {
    socket.once("data", () => {
      socket.write(text, "latin1", () => {
        if (ending === "end") socket.end();
        if (ending === "reset") socket.resetAndDestroy();
      });
    });
  });
}

async function listen(server: Server, scheme: string): Promise<LocalServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let waiting = createDeferred<void>();
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => {
      sockets.delete(socket);
      if (sockets.size === 0) {
        waiting.resolve();
        waiting = createDeferred<void>();
      }
    });
  });
  const listening = createDeferred<void>();
  server.listen(0, "127.0.0.1", () => listening.resolve());
  await listening.promise;
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `${scheme}://127.0.0.1:${port}`,
    sockets,
    connections: () => connections,
    allClosed: () => (sockets.size === 0 ? Promise.resolve() : waiting.promise),
    stopListening: () => void server.close(),
    async [Symbol.asyncDispose]() {
      const closed = createDeferred<void>();
      server.close(() => closed.resolve());
      for (const socket of sockets) socket.destroy();
      await closed.promise;
    },
  };
}
