import { connect, createServer, type Server, type Socket } from "node:net";
import { createDeferred, type Deferred, FairleadError } from "@fairlead/core";
import { CutLog } from "./cut-log.js";
import type { Parcel } from "./flow.js";
import { Line, type LineOrder, type LineShape } from "./line.js";
import { closedBefore, ProxiedConnection } from "./proxied-connection.js";
import type {
  Admission,
  ChaosConnection,
  ChaosCounters,
  CutRecord,
  LineControls,
  LineDirection,
} from "./types.js";

/** How fast a line is. */
export interface ChaosLineShape {
  /** Half of it is added in each direction. @default 0 */
  readonly roundTripMs?: number | undefined;
  /** Of each direction, shared by all connections. @default no limit */
  readonly bitsPerSecond?: number | undefined;
}

/** Which line a proxy plays, and what is at its far end. */
export interface ChaosProxyOptions extends ChaosLineShape {
  /** @default 127.0.0.1 */
  readonly targetHost?: string | undefined;
  readonly targetPort?: number | undefined;
  /** A unix socket instead of host and port. */
  readonly targetPath?: string | undefined;
  /**
   * How connections share a limited rate.
   * @default "fair", as routers with fq_codel do it: a bulk transfer does not delay its neighbours
   */
  readonly order?: LineOrder | undefined;
}

/**
 * A line with delay, a rate, a person at the plug and worse. Its controls reach every connection, and a silence also
 * those that are still to come. Whoever started it owns it; disposing breaks everything.
 */
export interface ChaosProxy extends AsyncDisposable, LineControls {
  /** Always 127.0.0.1. */
  readonly host: string;
  readonly port: number;
  /** The open connections in order of acceptance. */
  readonly connections: readonly ChaosConnection[];
  /** Settles with the connection of this number, counted from 1, once it was accepted; also if it has ended since. */
  accepted(number: number): Promise<ChaosConnection>;
  /** Decides about connections from now on; `carry` also lets those go on that were held. */
  admit(admission: Admission): void;
  /** Changes delay and rate for everything that has not left yet; what is left out goes back to its default. */
  reshape(shape: ChaosLineShape): void;
  /** One record per broken connection, in order. */
  cuts(): readonly CutRecord[];
  counters(): ChaosCounters;
}

/**
 * Starts a TCP proxy on a free port of 127.0.0.1 that plays a bad line. Connecting itself is not delayed, only bytes.
 * @throws FairleadError `usage` without exactly one of `targetPort` and `targetPath`
 */
export async function startChaosProxy(options: ChaosProxyOptions): Promise<ChaosProxy> {
  if ((options.targetPort === undefined) === (options.targetPath === undefined)) {
    throw new FairleadError("usage", "A chaos proxy needs either targetPort or targetPath");
  }
  const proxy = new RunningProxy(options);
  await proxy.listen();
  return proxy;
}

interface Trap {
  readonly direction: LineDirection;
  readonly onSprung: () => void;
}

class RunningProxy implements ChaosProxy {
  readonly host = "127.0.0.1";
  readonly #server: Server;
  readonly #lines: { readonly toTarget: Line<Parcel>; readonly fromTarget: Line<Parcel> };
  readonly #log = new CutLog();
  readonly #open = new Set<ProxiedConnection>();
  readonly #held = new Set<ProxiedConnection>();
  readonly #accepted = new Map<number, Deferred<ChaosConnection>>();
  readonly #silent = new Set<LineDirection>();
  readonly #traps = new Set<Trap>();
  readonly #closed = createDeferred<void>();
  readonly #counts = { connections: 0, refusedConnections: 0, toTarget: 0, fromTarget: 0 };
  #admission: Admission = "carry";
  #port = 0;

  constructor(options: ChaosProxyOptions) {
    const shape = toShape(options);
    const order = options.order ?? "fair";
    this.#lines = { toTarget: new Line(shape, order), fromTarget: new Line(shape, order) };
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      if (this.#admission === "refuse") this.#refuse(client);
      else this.#accept(client, connectTarget(options));
    });
  }

  get port(): number {
    return this.#port;
  }

  get connections(): readonly ChaosConnection[] {
    return [...this.#open];
  }

  accepted(number: number): Promise<ChaosConnection> {
    return this.#acceptance(number).promise;
  }

  admit(admission: Admission): void {
    this.#admission = admission;
    if (admission !== "carry") return;
    for (const connection of this.#held) {
      for (const direction of directions) {
        if (!this.#silent.has(direction)) connection.resume(direction);
      }
    }
    this.#held.clear();
  }

  reshape(shape: ChaosLineShape): void {
    for (const direction of directions) this.#lines[direction].reshape(toShape(shape));
  }

  cut(): readonly CutRecord[] {
    return this.#log.add([...this.#open].flatMap((connection) => connection.breakNow()));
  }

  cutInsideFrame(direction: LineDirection): Promise<readonly CutRecord[]> {
    return new Promise((resolve, reject) => {
      const trap: Trap = {
        direction,
        onSprung: () => {
          if (this.#traps.delete(trap)) resolve(this.cut());
        },
      };
      this.#traps.add(trap);
      for (const connection of this.#open) connection.trapInsideData(direction, trap.onSprung);
      void this.#closed.promise.then(() => reject(closedBefore(direction)));
    });
  }

  pause(direction?: LineDirection): void {
    for (const each of direction === undefined ? directions : [direction]) {
      this.#silent.add(each);
      for (const connection of this.#open) connection.pause(each);
    }
  }

  resume(direction?: LineDirection): void {
    for (const each of direction === undefined ? directions : [direction]) {
      this.#silent.delete(each);
      for (const connection of this.#open) if (!this.#held.has(connection)) connection.resume(each);
    }
  }

  cuts(): readonly CutRecord[] {
    return [...this.#log.records];
  }

  counters(): ChaosCounters {
    const { connections, refusedConnections, toTarget, fromTarget } = this.#counts;
    return {
      connections,
      refusedConnections,
      openConnections: this.#open.size,
      bytesToTarget: toTarget,
      bytesFromTarget: fromTarget,
      cuts: this.#log.cuts,
      cutsInsideFrame: this.#log.cutsInsideFrame(),
      toTarget: this.#log.sums("toTarget"),
      fromTarget: this.#log.sums("fromTarget"),
    };
  }

  /** Opens the port. */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(0, this.host, () => {
        const address = this.#server.address();
        if (typeof address !== "object" || address === null) {
          return reject(new FairleadError("internal", "The chaos proxy has no address"));
        }
        this.#port = address.port;
        return resolve();
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    const stopped = new Promise((resolve) => this.#server.close(resolve));
    // Not a cut of the test's making: it stays out of the log.
    for (const connection of this.#open) connection.breakNow();
    this.#closed.resolve();
    await stopped;
  }

  #refuse(client: Socket): void {
    this.#counts.refusedConnections += 1;
    client.on("error", () => undefined).resetAndDestroy();
  }

  #accept(client: Socket, target: Socket): void {
    this.#counts.connections += 1;
    const connection = new ProxiedConnection({
      number: this.#counts.connections,
      client,
      target,
      lines: this.#lines,
      log: this.#log,
      onDelivered: (direction, byteCount) => {
        this.#counts[direction] += byteCount;
      },
    });
    this.#open.add(connection);
    void connection.closed.then(() => {
      this.#open.delete(connection);
      this.#held.delete(connection);
    });
    for (const direction of this.#silent) connection.pause(direction);
    if (this.#admission === "hold") {
      this.#held.add(connection);
      connection.pause();
    }
    for (const { direction, onSprung } of this.#traps) connection.trapInsideData(direction, onSprung);
    this.#acceptance(connection.number).resolve(connection);
  }

  #acceptance(number: number): Deferred<ChaosConnection> {
    const known = this.#accepted.get(number) ?? createDeferred<ChaosConnection>();
    this.#accepted.set(number, known);
    return known;
  }
}

const directions = ["toTarget", "fromTarget"] as const;

function toShape({ roundTripMs, bitsPerSecond }: ChaosLineShape): LineShape {
  return { delayMs: (roundTripMs ?? 0) / 2, bitsPerSecond: bitsPerSecond ?? Infinity };
}

function connectTarget({ targetHost, targetPort, targetPath }: ChaosProxyOptions): Socket {
  const common = { allowHalfOpen: true, noDelay: true };
  return targetPath === undefined
    ? connect({ ...common, host: targetHost ?? "127.0.0.1", port: targetPort ?? 0 })
    : connect({ ...common, path: targetPath });
}
