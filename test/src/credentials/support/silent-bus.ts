import { createServer, type Socket } from "node:net";
import { join } from "node:path";

/** A socket that accepts, and never says a word. */
export interface SilentBus extends AsyncDisposable {
  /** As `DBUS_SESSION_BUS_ADDRESS` names it. */
  readonly address: string;
  /** How many have come so far. */
  readonly callers: number;
}

/** Starts to listen in a folder. */
export async function startSilentBus(folder: string): Promise<SilentBus> {
  const path = join(folder, "bus");
  const sockets = new Set<Socket>();
  let callers = 0;
  const server = createServer((socket) => {
    callers += 1;
    sockets.add(socket);
    // Whoever is killed leaves a broken pipe.
    socket
      .on("error", () => {})
      .on("close", () => sockets.delete(socket))
      .resume();
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    address: `unix:path=${path}`,
    get callers() {
      return callers;
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
