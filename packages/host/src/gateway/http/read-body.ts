import type { IncomingMessage } from "node:http";
import { createDeferred } from "@fairlead/core";
import { createEnvelopeProbe, type EnvelopeProbe, type ProbedEnvelope } from "@fairlead/mcp";

/** A body, or why there is none. */
export type ReadBody =
  | { readonly kind: "read"; readonly bytes: Buffer }
  | {
      readonly kind: "too_large";
      /** What it was, known once it has been read past. Never settles if the agent leaves before. */
      readonly envelope: Promise<ProbedEnvelope>;
    }
  /** The agent left before its end; nobody is there to be answered. */
  | { readonly kind: "gone" };

/** Reads a whole body, but keeps no more than so many bytes. What is too large is read past, so that the agent hears of it. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<ReadBody> {
  const done = createDeferred<ReadBody>();
  const envelope = createDeferred<ProbedEnvelope>();
  const pieces = createPieces();
  let probe: EnvelopeProbe | undefined;
  const readPast = (): void => {
    probe = createEnvelopeProbe();
    for (const piece of pieces.take()) probe.push(piece);
    done.resolve({ kind: "too_large", envelope: envelope.promise });
  };
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) readPast();
  request.on("data", (chunk: Buffer) => {
    if (probe !== undefined) return probe.push(chunk);
    pieces.add(chunk);
    if (pieces.bytes > maxBytes) readPast();
  });
  request.on("end", () => {
    if (probe === undefined) done.resolve({ kind: "read", bytes: join(pieces.take()) });
    else envelope.resolve(probe.end());
  });
  request.on("error", () => done.resolve({ kind: "gone" }));
  request.on("close", () => done.resolve({ kind: "gone" }));
  return done.promise;
}

interface Pieces {
  readonly bytes: number;
  add(piece: Buffer): void;
  /** Gives them in order, and forgets them. */
  take(): readonly Buffer[];
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
    take() {
      const all = [...grouped, ...loose];
      grouped.length = 0;
      loose = [];
      return all;
    },
  };
}

function join(pieces: readonly Buffer[]): Buffer {
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
}
