import type { Socket } from "node:net";
import { DeadlineQueue } from "./deadline-queue.js";
import type { FrameTracker } from "./frame-tracker.js";
import type { Lane, Line } from "./line.js";
import { resetSocket } from "./reset-socket.js";
import type { DirectionCut } from "./types.js";

/** Something that travels: bytes, an orderly end, or a broken connection. All keep their order. */
export type Parcel =
  | { readonly kind: "bytes"; readonly bytes: Buffer }
  | { readonly kind: "end" }
  | { readonly kind: "broken" };

/** The two ends of a flow and the line between them. */
export interface FlowOptions {
  readonly source: Socket;
  readonly target: Socket;
  readonly line: Line<Parcel>;
  readonly frames: FrameTracker;
  /** Whether the frames may be believed: that a server speaks HTTP/2 only its client's direction can tell. */
  readonly isFramed: () => boolean;
  /** Told about every piece that was handed to the target. */
  readonly onDelivered: (byteCount: number) => void;
}

/**
 * One direction of one proxied connection. What the line and a slow target cannot take stays in the source's socket, so
 * the sender feels back-pressure through TCP.
 */
export class Flow {
  readonly #options: FlowOptions;
  readonly #lane: Lane<Parcel>;
  readonly #arriving = new DeadlineQueue<Parcel>((parcel) => this.#deliver(parcel));
  readonly #traps = new Set<() => void>();
  #deliveredBytes = 0;
  #heldBytes = 0;
  /** Taken by the target's socket, not yet by its kernel. */
  #unconfirmedBytes = 0;
  /** The second half of a piece that a trap stopped in its middle. */
  #remainder: Buffer | undefined;
  #extraDelayMs = 0;
  #silent = false;
  #blocked = false;
  #closed = false;
  #damage: "corrupt" | "truncate" | "truncated" | undefined;

  constructor(options: FlowOptions) {
    this.#options = options;
    this.#lane = options.line.join((parcel, arrivesAtMs) =>
      this.#arriving.push(parcel, arrivesAtMs + this.#extraDelayMs),
    );
    this.#listen();
  }

  get deliveredBytes(): number {
    return this.#deliveredBytes;
  }

  /** Reads and delivers nothing until {@link resume}. */
  pause(): void {
    this.#silent = true;
    this.#update();
  }

  resume(): void {
    this.#silent = false;
    this.#update();
  }

  delay(extraMs: number): void {
    this.#extraDelayMs = extraMs;
  }

  damage(how: "corrupt" | "truncate"): void {
    this.#damage ??= how;
  }

  /**
   * Stops in the middle of the next DATA frame once the first half was handed to the target, and tells so.
   * @returns the function that takes the trap away
   */
  trapInsideData(onSprung: () => void): () => void {
    this.#traps.add(onSprung);
    return () => this.#traps.delete(onSprung);
  }

  /** What a cut would find now. */
  look(): DirectionCut {
    const parcels = [...this.#arriving.items(), ...this.#lane.waiting()];
    const held = [
      ...(this.#remainder === undefined ? [] : [this.#remainder]),
      ...parcels.flatMap((parcel) => (parcel.kind === "bytes" ? [parcel.bytes] : [])),
    ];
    const { frames, isFramed } = this.#options;
    return {
      deliveredBytes: this.#deliveredBytes,
      heldBytes: this.#heldBytes,
      heldDataBytes: isFramed() ? frames.countData(held) : 0,
      // Where something is still on its way into the kernel nobody knows where the receiver's bytes end.
      insideFrame: isFramed() && frames.insideFrame && this.#unconfirmedBytes === 0,
    };
  }

  /** Forgets what is under way and frees the timers; the sockets are the caller's. */
  close(): void {
    this.#closed = true;
    this.#arriving.clear();
    this.#lane.close();
    this.#traps.clear();
  }

  #listen(): void {
    const { source, target, line } = this.#options;
    source.on("data", (chunk: Buffer) => {
      for (let start = 0; start < chunk.length; start += line.pieceBytes) {
        this.#send({ kind: "bytes", bytes: chunk.subarray(start, start + line.pieceBytes) });
      }
      this.#update();
    });
    source.once("end", () => this.#send({ kind: "end" }));
    source.once("close", () => {
      if (!source.readableEnded) this.#send({ kind: "broken" });
    });
    target.on("drain", () => {
      this.#blocked = false;
      this.#update();
    });
  }

  #send(parcel: Parcel): void {
    if (this.#closed) return;
    const byteCount = parcel.kind === "bytes" ? parcel.bytes.length : 0;
    this.#heldBytes += byteCount;
    this.#lane.push(parcel, byteCount);
  }

  #update(): void {
    if (this.#closed) return;
    const { source, line } = this.#options;
    if (this.#silent || this.#blocked || this.#remainder !== undefined) this.#arriving.hold();
    else this.#arriving.release();
    if (this.#silent || this.#heldBytes >= line.capacityBytes) source.pause();
    else source.resume();
  }

  #deliver(parcel: Parcel): void {
    const { target, frames, isFramed } = this.#options;
    if (parcel.kind === "bytes") {
      const isTrapped = this.#traps.size > 0 && isFramed();
      const cutAt = isTrapped ? frames.placeInsideData(parcel.bytes) : undefined;
      if (cutAt === undefined) this.#hand(parcel.bytes);
      else {
        this.#remainder = parcel.bytes.subarray(cutAt);
        this.#hand(parcel.bytes.subarray(0, cutAt), () => this.#spring());
      }
      this.#update();
    } else if (this.#damage === "truncated") return;
    else if (parcel.kind === "end") target.end();
    else resetSocket(target);
  }

  #hand(bytes: Buffer, onTaken?: () => void): void {
    const { target, frames, onDelivered } = this.#options;
    this.#heldBytes -= bytes.length;
    this.#deliveredBytes += bytes.length;
    frames.advance(bytes);
    onDelivered(bytes.length);
    const arriving = this.#spoil(bytes);
    if (arriving === undefined) return;
    this.#unconfirmedBytes += bytes.length;
    const took = target.write(arriving, (error) => {
      this.#unconfirmedBytes -= bytes.length;
      if (error === null || error === undefined) onTaken?.();
    });
    if (!took) this.#blocked = true;
    if (this.#damage === "truncated") target.end();
  }

  #spring(): void {
    if (this.#closed) return;
    const sprung = [...this.#traps];
    this.#traps.clear();
    for (const onSprung of sprung) onSprung();
  }

  /** @returns what arrives of the bytes; undefined once nothing does */
  #spoil(bytes: Buffer): Buffer | undefined {
    const middle = Math.floor(bytes.length / 2);
    if (this.#damage === "truncated") return undefined;
    if (this.#damage === "truncate") {
      this.#damage = "truncated";
      return bytes.subarray(0, middle);
    }
    if (this.#damage === "corrupt") {
      this.#damage = undefined;
      const spoiled = Buffer.from(bytes);
      spoiled.writeUInt8(spoiled.readUInt8(middle) ^ 0xff, middle);
      return spoiled;
    }
    return bytes;
  }
}
