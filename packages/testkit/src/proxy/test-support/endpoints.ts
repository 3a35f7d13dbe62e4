import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A server at the far end of a proxy. Disposing it breaks what is left. */
export interface Endpoint extends AsyncDisposable {
  /** 0 on a unix socket. */
  readonly port: number;
}

/** Listens on a free port, or on a unix socket. */
export async function serve(onSocket: (socket: Socket) => void, path?: string): Promise<Endpoint> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    onSocket(socket);
  });
  if (path === undefined) server.listen(0, "127.0.0.1");
  else server.listen(path);
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Sends back what it gets. */
export function echo(socket: Socket): void {
  socket.pipe(socket);
}

/** Connects; the caller owns the socket. */
export async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return socket;
}

/** How long a few bytes take there and back. */
export async function echoMs(socket: Socket): Promise<number> {
  const startedAtMs = performance.now();
  socket.write("ping");
  await once(socket, "data");
  return performance.now() - startedAtMs;
}

/** Everything until the orderly end. */
export async function receive(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(socket, "end");
  return Buffer.concat(chunks);
}
