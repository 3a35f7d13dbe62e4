import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { createDeferred } from "@fairlead/core";

/** A forward proxy on a loopback port. Every name leads to 127.0.0.1. */
export interface LocalProxy extends AsyncDisposable {
  readonly port: number;
  /** What it was asked for, as `METHOD target`. */
  readonly asked: readonly string[];
  /** The Proxy-Authorization of each. */
  readonly logins: readonly (string | undefined)[];
  allClosed(): Promise<void>;
}

/** Starts a proxy. @param refuse gives a status to answer everything with */
export async function startProxy(refuse?: number): Promise<LocalProxy> {
  const asked: string[] = [];
  const logins: (string | undefined)[] = [];
  const note = (request: IncomingMessage): void => {
    asked.push(`${request.method} ${request.url}`);
    logins.push(request.headers["proxy-authorization"]);
  };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    note(request);
    if (refuse !== undefined) {
      response.writeHead(refuse).end("refused");
      return;
    }
    const target = new URL(request.url ?? "");
    const { method, headers } = request;
    const onward = httpRequest({
      host: "127.0.0.1",
      port: target.port,
      path: target.pathname,
      method,
      headers,
    });
    onward.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  server.on("connect", (request: IncomingMessage, socket: Socket) => {
    note(request);
    if (refuse !== undefined) {
      socket.end(`HTTP/1.1 ${refuse} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const onward = connect(Number(request.url?.split(":").at(-1)), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(onward).pipe(socket);
    });
    onward.on("error", () => socket.destroy());
    onward.on("close", () => socket.destroy());
    socket.on("close", () => onward.destroy());
  });
  const sockets = new Set<Socket>();
  let waiting = createDeferred<void>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => {
      sockets.delete(socket);
      if (sockets.size > 0) return;
      waiting.resolve();
      waiting = createDeferred<void>();
    });
  });
  const listening = createDeferred<void>();
  server.listen(0, "127.0.0.1", () => listening.resolve());
  await listening.promise;
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    logins,
    allClosed: () => (sockets.size === 0 ? Promise.resolve() : waiting.promise),
    async [Symbol.asyncDispose]() {
      const closed = createDeferred<void>();
      server.close(() => closed.resolve());
      for (const socket of sockets) socket.destroy();
      await closed.promise;
    },
  };
}
