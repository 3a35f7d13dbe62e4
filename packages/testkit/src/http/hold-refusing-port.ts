import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";

/** A port of 127.0.0.1 that refuses every connection. */
export interface RefusingPort extends AsyncDisposable {
  readonly port: number;
}

/**
 * Takes a port where nobody listens, and holds it by a connection of its own: one that was merely free a moment ago may be given
 * to the next server that somebody starts. The caller disposes it.
 */
export async function holdRefusingPort(): Promise<RefusingPort> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const near = connect(port, "127.0.0.1");
  const [[far]] = await Promise.all([once(server, "connection"), once(near, "connect")]);
  // Stops listening at once; what holds the port is the far end of the connection.
  server.close();
  const end = once(server, "close");
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      near.destroy();
      far.destroy();
      await end;
    },
  };
}
