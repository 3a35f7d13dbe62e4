import type { Socket } from "node:net";
import { FairleadError, maxTimerMs } from "@fairlead/core";
import type { Client, Dispatcher } from "undici";
import { type Opening, openConnection, type Route } from "./open-connection.js";
import { undiciLibrary } from "./undici-library.js";

/** One connection, lent to one exchange at a time. */
export interface PooledConnection {
  /** Whether an earlier exchange used the same socket, so that the server may have closed it meanwhile. */
  readonly reused: boolean;
  /** Whether the peer ended the socket, as opposed to us. */
  readonly peerEnded: boolean;
  /** What the system reported where the socket broke, as opposed to a clean end. */
  readonly peerFailure: Error | undefined;
  /** Leaves what comes in to the socket, which then stops the peer. */
  hold(): void;
  /** Goes on reading after `hold`. */
  resume(): void;
  /** Sends a request; connects first where that is needed. */
  dispatch(options: Omit<Dispatcher.DispatchOptions, "origin">, handler: Dispatcher.DispatchHandler): void;
  /** Gives it back after an answer that was whole. */
  release(): void;
  /** Closes the socket, also one that is still connecting. It is settled when the socket is closed. */
  discard(): Promise<void>;
}

/** Connections that are kept for the next request to the same place. */
export interface ConnectionPool {
  /** Lends a connection: an idle one unless a fresh one is wanted. */
  take(route: Route, wish?: { readonly fresh: boolean }): PooledConnection;
  /** Closes every connection. */
  close(): Promise<void>;
}

/** How the connections of a pool are opened. */
export interface PoolOptions extends Opening {
  /** For name, TCP, proxy and TLS together, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Bytes of an answer's head above which it is refused. */
  readonly maxHeadBytes: number;
}

/** Makes a pool without connections. An idle one closes when the server's Keep-Alive hint says so, else after four seconds. */
export function createConnectionPool(options: PoolOptions): ConnectionPool {
  const idle = new Map<string, LentConnection[]>();
  const all = new Set<LentConnection>();
  const unlist = (connection: LentConnection): void => {
    const left = (idle.get(connection.key) ?? []).filter((other) => other !== connection);
    if (left.length === 0) idle.delete(connection.key);
    else idle.set(connection.key, left);
  };
  const forget = (connection: LentConnection): void => void all.delete(connection);
  const keep = (connection: LentConnection): void => {
    idle.set(connection.key, [...(idle.get(connection.key) ?? []), connection]);
  };
  return {
    take(route, wish) {
      const key = keyOf(route);
      const kept = wish?.fresh === true ? undefined : idle.get(key)?.pop();
      if (kept !== undefined) {
        kept.lend();
        return kept;
      }
      const connection = new LentConnection(key, route, { ...options, keep, unlist, forget });
      all.add(connection);
      return connection;
    },
    async close() {
      await Promise.all([...all].map((connection) => connection.discard()));
    },
  };
}

/** The proxy counts with its credentials: a connection that one login opened is not used with another. */
function keyOf({ url, proxy }: Route): string {
  return JSON.stringify([url.origin, proxy?.label, proxy?.secure, proxy?.authorization]);
}

interface ConnectionOptions extends PoolOptions {
  /** It is idle: it may be lent again. */
  keep(connection: LentConnection): void;
  /** It may not be lent any more. */
  unlist(connection: LentConnection): void;
  /** Its socket is closed. */
  forget(connection: LentConnection): void;
}

class LentConnection implements PooledConnection {
  readonly key: string;
  readonly #client: Client;
  readonly #options: ConnectionOptions;
  #opening = new AbortController();
  #idle = false;
  #answers = 0;
  #peerEnded = false;
  #peerFailure: Error | undefined;
  #held = false;
  #socket: Socket | undefined;

  constructor(key: string, route: Route, options: ConnectionOptions) {
    this.key = key;
    this.#options = options;
    this.#client = new (undiciLibrary().Client)(route.url.origin, {
      // Limits on time are the request's own: an event stream may be quiet for hours.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: options.maxHeadBytes,
      connect: (_options, callback) => {
        this.#open(route).then(
          (socket) => callback(null, socket),
          (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
        );
      },
    });
    this.#client.on("disconnect", () => this.#discardIfIdle());
    this.#client.on("connectionError", () => this.#discardIfIdle());
  }

  get reused(): boolean {
    return this.#answers > 0;
  }

  get peerEnded(): boolean {
    return this.#peerEnded;
  }

  get peerFailure(): Error | undefined {
    return this.#peerFailure;
  }

  hold(): void {
    this.#held = true;
  }

  resume(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#socket?.emit("readable");
  }

  dispatch(options: Omit<Dispatcher.DispatchOptions, "origin">, handler: Dispatcher.DispatchHandler): void {
    this.#client.dispatch(options, handler);
  }

  lend(): void {
    this.#idle = false;
  }

  release(): void {
    this.#answers += 1;
    this.#held = false;
    this.#idle = true;
    if (this.#client.destroyed) return;
    this.#options.keep(this);
  }

  async discard(): Promise<void> {
    this.#held = false;
    this.#options.unlist(this);
    const closed = new FairleadError("canceled", "The connection was closed");
    this.#opening.abort(closed);
    await this.#client.destroy(closed);
    this.#options.forget(this);
  }

  #discardIfIdle(): void {
    if (this.#idle) void this.discard();
  }

  async #open(route: Route): Promise<Socket> {
    const { connectTimeoutMs } = this.#options;
    const opening = new AbortController();
    this.#opening = opening;
    this.#answers = 0;
    this.#peerEnded = false;
    this.#peerFailure = undefined;
    this.#held = false;
    const timer = setTimeout(
      () => opening.abort(tooSlow(route, connectTimeoutMs)),
      Math.min(connectTimeoutMs, maxTimerMs),
    );
    try {
      const socket = await openConnection(route, this.#options, opening.signal);
      socket.once("end", () => {
        this.#peerEnded = true;
      });
      socket.on("error", (error) => {
        // Only what the system reports is the peer's doing; undici destroys a socket with errors of its own.
        if (!("syscall" in error)) return;
        this.#peerEnded = true;
        this.#peerFailure = error;
      });
      this.#socket = socket;
      this.#makeHoldable(socket);
      return socket;
    } finally {
      clearTimeout(timer);
    }
  }

  /** undici's own pause cannot be used: a paused parser ends the process when the peer ends the connection meanwhile. */
  #makeHoldable(socket: Socket): void {
    const read: (size?: number) => unknown = socket.read.bind(socket);
    // Node itself reads nothing (0) to fill the buffer up to its limit, which has to go on.
    socket.read = (size) => (this.#held && size !== 0 ? null : read(size));
  }
}

function tooSlow({ url, proxy }: Route, connectTimeoutMs: number): FairleadError {
  const through = proxy === undefined ? "" : ` through the proxy ${proxy.label}`;
  return new FairleadError(
    "unavailable",
    `No connection to ${url.host}${through} within ${connectTimeoutMs} ms. Check that the server runs and that the way to it is open`,
    {
      reason: proxy === undefined ? "connect_failed" : "proxy_failed",
      effect: "none",
      details: { limit: "connectTimeoutMs", connectTimeoutMs },
    },
  );
}
