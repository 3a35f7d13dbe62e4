import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** One request that a test answers by itself, on a real connection. */
export interface ServedOne extends AsyncDisposable {
  readonly response: ServerResponse;
  readonly socket: Socket;
  /** Its reader, who stands still at first; it gets the head only once that was written. */
  readonly answer: Promise<IncomingMessage>;
}

/** Opens one. */
export async function serveOne(): Promise<ServedOne> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const sent = request({ port: (server.address() as AddressInfo).port, host: "127.0.0.1", agent: false });
  const answer = new Promise<IncomingMessage>((resolve) => {
    sent.on("error", () => {}).on("response", (come) => resolve(come.on("error", () => {})));
  });
  sent.end();
  const [{ socket }, response] = (await once(server, "request")) as [IncomingMessage, ServerResponse];
  const close = async (): Promise<void> => {
    sent.destroy();
    socket.destroy();
    server.close();
    await once(server, "close");
  };
  return { response, socket, answer, [Symbol.asyncDispose]: close };
}
