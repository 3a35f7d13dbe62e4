import type { Socket } from "node:net";
import { DeadlineQueue } from "./deadline-queue.js";
import type { Line } from "./line.js";

/** Something that travels: bytes, an orderly end, or a broken connection. All keep their order. */
type Parcel =
  | { readonly kind: "bytes"; readonly bytes: Buffer }
  | { readonly kind: "end" }
  | { readonly kind: "broken" };

/** One direction of one proxied connection. */
export interface Direction {
  /** Reads and delivers nothing until {@link resume}; nothing is closed, as on a line that went silent. */
  pause(): void;
  resume(): void;
  /** Forgets what is under way and frees the timer; the sockets are the caller's. */
  close(): void;
}

/** The two ends of a direction and the line between them. */
export interface DirectionEnds {
  readonly source: Socket;
  readonly target: Socket;
  readonly line: Line;
  /** Told about every piece that arrived at the target. */
  readonly onDelivered: (byteCount: number) => void;
}

/**
 * Carries everything from source to target over a line. What the line and a slow target cannot take stays in the
 * source's socket, so the sender feels back-pressure through TCP.
 */
export function startDirection({ source, target, line, onDelivered }: DirectionEnds): Direction {
  let heldBytes = 0;
  let silent = false;
  let blocked = false;

  const deliver = (parcel: Parcel): void => {
    if (parcel.kind === "end") target.end();
    else if (parcel.kind === "broken") target.destroy();
    else {
      heldBytes -= parcel.bytes.length;
      onDelivered(parcel.bytes.length);
      if (!target.write(parcel.bytes)) {
        blocked = true;
        queue.hold();
      }
      readOrWait();
    }
  };
  const queue = new DeadlineQueue<Parcel>(deliver);

  const readOrWait = (): void => {
    if (silent || heldBytes >= line.capacityBytes) source.pause();
    else source.resume();
  };
  const send = (parcel: Parcel): void => {
    const byteCount = parcel.kind === "bytes" ? parcel.bytes.length : 0;
    heldBytes += byteCount;
    queue.push(parcel, line.send(byteCount));
  };

  source.on("data", (chunk: Buffer) => {
    for (let start = 0; start < chunk.length; start += line.pieceBytes) {
      send({ kind: "bytes", bytes: chunk.subarray(start, start + line.pieceBytes) });
    }
    readOrWait();
  });
  source.once("end", () => send({ kind: "end" }));
  source.once("close", () => {
    if (!source.readableEnded) send({ kind: "broken" });
  });
  target.on("drain", () => {
    blocked = false;
    if (!silent) queue.release();
  });

  return {
    pause: () => {
      silent = true;
      queue.hold();
      source.pause();
    },
    resume: () => {
      silent = false;
      if (!blocked) queue.release();
      readOrWait();
    },
    close: () => queue.clear(),
  };
}
