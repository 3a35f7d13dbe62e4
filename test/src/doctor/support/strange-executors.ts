import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { FairleadError } from "@fairlead/core";
import { handle, services } from "@fairlead/wire";
import { Server, ServerCredentials } from "@grpc/grpc-js";

/** An executor of another time: it speaks the contract, in no version that we do. @param socket where it listens */
export async function startFutureExecutor(socket: string): Promise<AsyncDisposable> {
  const server = new Server();
  const shared = { identify: () => "user:0", onInternalError: () => {} };
  const handlers = { OpenSession: refuse, CloseSession: refuse, Lease: async () => refuse() };
  handle(server, services.SessionService.service, handlers, shared);
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
  return {
    [Symbol.asyncDispose]: async () => server.forceShutdown(),
  };
}

/** Takes connections and says something that is not gRPC. */
export async function startTalker(): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    socket.resume().end("220 mail.test ESMTP\r\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("It listens nowhere");
  return {
    port: address.port,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function refuse(): never {
  throw new FairleadError(
    "protocol",
    "This executor speaks versions 7 to 9 of the contract, the host 1 to 1",
    {
      reason: "version_mismatch",
      effect: "none",
    },
  );
}
