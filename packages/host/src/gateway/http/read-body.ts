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
  let chunks: Buffer[] = [];
  let sizeBytes = 0;
  let isTooLarge = false;
  request.on("data", (chunk: Buffer) => {
    if (isTooLarge) return;
    sizeBytes += chunk.length;
    chunks.push(chunk);
    if (sizeBytes <= maxBytes) return;
    isTooLarge = true;
    chunks = [];
    done.resolve({ kind: "too_large" });
  });
  request.on("end", () => {
    const [only] = chunks;
    const bytes = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, sizeBytes);
    done.resolve({ kind: "read", bytes });
  });
  request.on("error", () => done.resolve({ kind: "gone" }));
  request.on("close", () => done.resolve({ kind: "gone" }));
  return done.promise;
}
