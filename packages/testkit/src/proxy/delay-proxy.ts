import { connect, createServer, type Server, type Socket } from "node:net";
import { FairleadError } from "@fairlead/core";
import { type Direction, startDirection } from "./direction.js";
import { Line } from "./line.js";

/** Which line a proxy plays, and what is at its far end. */
export interface DelayProxyOptions {
  /** @default 127.0.0.1 */
  readonly targetHost?: string | undefined;
  readonly targetPort?: number | undefined;
  /** A unix socket instead of host and port. */
  readonly targetPath?: string | undefined;
  /** Half of it is added in each direction. @default 0 */
  readonly roundTripMs?: number | undefined;
  /** Of each direction, shared by all connections. @default no limit */
  readonly bitsPerSecond?: number | undefined;
}

/** What went through a proxy so far. Bytes count when they arrive at their end. */
export interface DelayProxyCounters {
  readonly connections: number;
  readonly openConnections: number;
  readonly bytesToTarget: number;
  readonly bytesFromTarget: number;
}

/** A line with delay, a limited rate, and a person at the plug. Whoever started it owns it; disposing cuts everything. */
export interface DelayProxy extends AsyncDisposable {
  /** Always 127.0.0.1. */
  readonly host: string;
  readonly port: number;
  /** Breaks every connection now, without a goodbye; new ones are accepted. */
  cut(): void;
  /** Goes silent: nothing passes, nothing is closed, new connections are accepted but not carried (a half-open peer). */
  pause(): void;
  /** Ends the silence; what was under way arrives. */
  resume(): void;
  counters(): DelayProxyCounters;
}

interface Connection {
  readonly client: Socket;
  readonly target: Socket;
  readonly directions: readonly Direction[];
}

/**
 * Starts a TCP proxy on a free port of 127.0.0.1 that plays a slow line. Connecting itself is not delayed, only bytes.
 * @throws FairleadError `usage` without exactly one of `targetPort` and `targetPath`
 */
export async function startDelayProxy(options: DelayProxyOptions): Promise<DelayProxy> {
  if ((options.targetPort === undefined) === (options.targetPath === undefined)) {
    throw new FairleadError("usage", "A delay proxy needs either targetPort or targetPath");
  }
  const shape = {
    delayMs: (options.roundTripMs ?? 0) / 2,
    bitsPerSecond: options.bitsPerSecond ?? Infinity,
  };
  const lines = { toTarget: new Line(shape), fromTarget: new Line(shape) };
  const open = new Set<Connection>();
  const counts = { connections: 0, bytesToTarget: 0, bytesFromTarget: 0 };
  let silent = false;

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const target = connectTarget(options);
    const toTarget = startDirection({
      source: client,
      target,
      line: lines.toTarget,
      onDelivered: (byteCount) => (counts.bytesToTarget += byteCount),
    });
    const fromTarget = startDirection({
      source: target,
      target: client,
      line: lines.fromTarget,
      onDelivered: (byteCount) => (counts.bytesFromTarget += byteCount),
    });
    counts.connections += 1;
    const connection = { client, target, directions: [toTarget, fromTarget] };
    open.add(connection);
    if (silent) for (const direction of connection.directions) direction.pause();
    forgetWhenClosed(connection, open);
  });
  const port = await listen(server);

  const cut = (): void => {
    for (const connection of open) breakConnection(connection);
  };
  return {
    host: "127.0.0.1",
    port,
    cut,
    pause: () => {
      silent = true;
      for (const { directions } of open) for (const direction of directions) direction.pause();
    },
    resume: () => {
      silent = false;
      for (const { directions } of open) for (const direction of directions) direction.resume();
    },
    counters: () => ({ ...counts, openConnections: open.size }),
    [Symbol.asyncDispose]: () => closeServer(server, cut),
  };
}

function connectTarget({ targetHost, targetPort, targetPath }: DelayProxyOptions): Socket {
  const common = { allowHalfOpen: true, noDelay: true };
  return targetPath === undefined
    ? connect({ ...common, host: targetHost ?? "127.0.0.1", port: targetPort ?? 0 })
    : connect({ ...common, path: targetPath });
}

function forgetWhenClosed(connection: Connection, open: Set<Connection>): void {
  const { client, target } = connection;
  const onClose = (): void => {
    if (!client.closed || !target.closed) return;
    for (const direction of connection.directions) direction.close();
    open.delete(connection);
  };
  for (const socket of [client, target]) {
    // Every error is followed by a close, which travels to the other end like anything else.
    socket.on("error", () => undefined);
    socket.once("close", onClose);
  }
}

function breakConnection({ client, target, directions }: Connection): void {
  for (const direction of directions) direction.close();
  for (const socket of [client, target]) {
    // A reset where the socket can send one: a closed program says goodbye, a pulled plug does not.
    const canReset = !socket.connecting && socket.remotePort !== undefined;
    if (canReset) socket.resetAndDestroy();
    else socket.destroy();
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (typeof address === "object" && address !== null) resolve(address.port);
      else reject(new FairleadError("internal", "The delay proxy has no address"));
    });
  });
}

function closeServer(server: Server, cut: () => void): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    cut();
  });
}
