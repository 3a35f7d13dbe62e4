import type { IncomingMessage } from "node:http";
import { createDeferred } from "@fairlead/core";

/** A body, or why there is none. */
export type ReadBody =
  | { readonly kind: "read"; readonly bytes: Buffer }
  | { readonly kind: "too_large" }
  /** The agent left before its end; nobody is there to be answered. */
  | { readonly kind: "gone" };

/** Reads a whole body, but keeps no more than so many bytes. What is too large is read past, so that the agent hears of it. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<ReadBody> {
  const done = createDeferred<ReadBody>();
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > maxBytes) {
    request.resume();
    return Promise.resolve({ kind: "too_large" });
  }
  let pieces: Pieces | undefined = createPieces();
  request.on("data", (chunk: Buffer) => {
    pieces?.add(chunk);
    if (pieces === undefined || pieces.bytes <= maxBytes) return;
    pieces = undefined;
    done.resolve({ kind: "too_large" });
  });
  request.on("end", () => {
    if (pieces !== undefined) done.resolve({ kind: "read", bytes: pieces.join() });
  });
  request.on("error", () => done.resolve({ kind: "gone" }));
  request.on("close", () => done.resolve({ kind: "gone" }));
  return done.promise;
}

interface Pieces {
  readonly bytes: number;
  add(piece: Buffer): void;
  join(): Buffer;
}

/** So many pieces are looked at together, and made one if they are smaller than this on average. */
const group = { count: 1_024, pieceBytes: 1_024 };

/** Keeps pieces as they are, but for a crowd of small ones: each weighs hundreds of bytes beside its own. */
function createPieces(): Pieces {
  const grouped: Buffer[] = [];
  let loose: Buffer[] = [];
  let looseBytes = 0;
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    add(piece) {
      bytes += piece.length;
      looseBytes += piece.length;
      loose.push(piece);
      if (loose.length < group.count) return;
      if (looseBytes < group.count * group.pieceBytes) grouped.push(Buffer.concat(loose, looseBytes));
      else grouped.push(...loose);
      loose = [];
      looseBytes = 0;
    },
    join() {
      const all = [...grouped, ...loose];
      const [only] = all;
      return all.length === 1 && only !== undefined ? only : Buffer.concat(all, bytes);
    },
  };
}
