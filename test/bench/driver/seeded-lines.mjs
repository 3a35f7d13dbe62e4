const made = new Map();
const blockBytes = 1 << 20;
let twoBlocks;

/** Lines of random-looking letters, the same each time; every line ends with its newline. Made once and kept. */
export function seededLines(count, lineBytes) {
  const key = `${count}×${lineBytes}`;
  let bytes = made.get(key);
  if (bytes === undefined) {
    bytes = makeLines(count, lineBytes);
    made.set(key, bytes);
  }
  return bytes;
}

/** A stretch of a stream that repeats one random-looking block of 1 MiB for ever. @param byteCount at most 1 MiB */
export function repeatedBlock(offset, byteCount) {
  if (byteCount > blockBytes) throw new Error(`${byteCount} bytes are more than one block`);
  twoBlocks ??= Buffer.concat([seededLines(1, blockBytes), seededLines(1, blockBytes)]);
  const start = offset % blockBytes;
  return twoBlocks.subarray(start, start + byteCount);
}

function makeLines(count, lineBytes) {
  const bytes = Buffer.allocUnsafe(count * lineBytes);
  let state = 0x9e3779b9;
  for (let index = 0; index < bytes.length; index += 1) {
    // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = 0x40 + (state & 0x3f);
  }
  for (let end = lineBytes; end <= bytes.length; end += lineBytes) bytes[end - 1] = 0x0a;
  return bytes;
}
