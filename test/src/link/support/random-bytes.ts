import { createHash } from "node:crypto";

/** Bytes that look random and are the same each time, so that a failure can be repeated. @param seed not 0 */
export function seededBytes(byteCount: number, seed: number): Buffer {
  const bytes = Buffer.allocUnsafe(byteCount);
  let state = seed >>> 0;
  for (let index = 0; index < byteCount; index += 1) {
    // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = state & 0xff;
  }
  return bytes;
}

/** SHA-256 as hex. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Cuts bytes into chunks, the last one shorter. */
export function* chunksOf(bytes: Buffer, chunkBytes: number): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += chunkBytes)
    yield bytes.subarray(start, start + chunkBytes);
}
