import type { Socket } from "node:net";
import { createDeferred, FairleadError } from "@fairlead/core";
import type { CutLog, UnnumberedCut } from "./cut-log.js";
import { Flow, type Parcel } from "./flow.js";
import { FrameTracker } from "./frame-tracker.js";
import type { Line } from "./line.js";
import { resetSocket } from "./reset-socket.js";
import type { ChaosConnection, CutRecord, DirectionCut, LineDirection } from "./types.js";

/** Both directions of the line that connections share. */
export interface SharedLines {
  readonly toTarget: Line<Parcel>;
  readonly fromTarget: Line<Parcel>;
}

/** What a proxied connection is made of. */
export interface ProxiedConnectionOptions {
  readonly number: number;
  /** The accepted socket, and the one that was opened for it. */
  readonly client: Socket;
  readonly target: Socket;
  readonly lines: SharedLines;
  readonly log: CutLog;
  /** Told about every piece that was handed to its end. */
  readonly onDelivered: (direction: LineDirection, byteCount: number) => void;
}

const bothDirections = ["toTarget", "fromTarget"] as const;

/** Two sockets and the flows between them. */
export class ProxiedConnection implements ChaosConnection {
  readonly number: number;
  readonly #sockets: readonly [client: Socket, target: Socket];
  readonly #flows: Readonly<Record<LineDirection, Flow>>;
  readonly #log: CutLog;
  readonly #closed = createDeferred<void>();
  readonly closed = this.#closed.promise;
  #isOpen = true;
  #isCut = false;

  constructor({ number, client, target, lines, log, onDelivered }: ProxiedConnectionOptions) {
    this.number = number;
    this.#sockets = [client, target];
    this.#log = log;
    const frames = { toTarget: new FrameTracker("client"), fromTarget: new FrameTracker("server") };
    const createFlow = (direction: LineDirection, source: Socket, end: Socket): Flow =>
      new Flow({
        source,
        target: end,
        line: lines[direction],
        frames: frames[direction],
        isFramed: () => direction === "toTarget" || frames.toTarget.isHttp2,
        onDelivered: (byteCount) => onDelivered(direction, byteCount),
      });
    this.#flows = {
      toTarget: createFlow("toTarget", client, target),
      fromTarget: createFlow("fromTarget", target, client),
    };
    for (const socket of this.#sockets) {
      // Every error is followed by a close, which travels to the other end like anything else.
      socket.on("error", () => undefined);
      socket.once("close", () => this.#onSocketClosed());
    }
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get bytesToTarget(): number {
    return this.#flows.toTarget.deliveredBytes;
  }

  get bytesFromTarget(): number {
    return this.#flows.fromTarget.deliveredBytes;
  }

  look(): Readonly<Record<LineDirection, DirectionCut>> {
    return { toTarget: this.#flows.toTarget.look(), fromTarget: this.#flows.fromTarget.look() };
  }

  cut(): readonly CutRecord[] {
    return this.#log.add(this.breakNow());
  }

  /** Breaks it without logging. @returns what was lost; nothing if it was broken before */
  breakNow(): readonly UnnumberedCut[] {
    if (!this.#isOpen || this.#isCut) return [];
    this.#isCut = true;
    const record = { connection: this.number, atMs: performance.now(), ...this.look() };
    for (const direction of bothDirections) this.#flows[direction].close();
    for (const socket of this.#sockets) resetSocket(socket);
    return [record];
  }

  cutInsideFrame(direction: LineDirection): Promise<readonly CutRecord[]> {
    return new Promise((resolve, reject) => {
      this.trapInsideData(direction, () => resolve(this.cut()));
      void this.closed.then(() => reject(closedBefore(direction)));
    });
  }

  /** Stops the direction in the middle of its next DATA frame. @returns the function that takes the trap away */
  trapInsideData(direction: LineDirection, onSprung: () => void): () => void {
    return this.#flows[direction].trapInsideData(onSprung);
  }

  pause(direction?: LineDirection): void {
    for (const flow of this.#chosen(direction)) flow.pause();
  }

  resume(direction?: LineDirection): void {
    for (const flow of this.#chosen(direction)) flow.resume();
  }

  delay(extraMs: number, direction?: LineDirection): void {
    for (const flow of this.#chosen(direction)) flow.delay(extraMs);
  }

  corrupt(direction: LineDirection): void {
    this.#flows[direction].damage("corrupt");
  }

  truncate(direction: LineDirection): void {
    this.#flows[direction].damage("truncate");
  }

  #chosen(direction: LineDirection | undefined): readonly Flow[] {
    return direction === undefined
      ? [this.#flows.toTarget, this.#flows.fromTarget]
      : [this.#flows[direction]];
  }

  #onSocketClosed(): void {
    if (!this.#sockets.every((socket) => socket.closed)) return;
    for (const direction of bothDirections) this.#flows[direction].close();
    this.#isOpen = false;
    this.#closed.resolve();
  }
}

/** The error for a trap that nothing can spring any more. */
export function closedBefore(direction: LineDirection): FairleadError {
  return new FairleadError("canceled", `The line was closed before a DATA frame came by (${direction})`);
}
