import { constants } from "node:fs";
import { open } from "node:fs/promises";

/** Small files are read in one go, and no large buffer is made for them. */
const chunkBytes = 64 * 1024;

/**
 * Reads a text file that may be anybody's: never waits for a pipe, never reads without end.
 * @returns undefined for what is no plain file, or a larger one
 * @throws what the file system throws; TypeError if it is not UTF-8
 */
export async function readBoundedText(path: string, maxBytes: number): Promise<string | undefined> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    if (!stats.isFile() || stats.size > maxBytes) return undefined;
    const chunks: Buffer[] = [];
    let length = 0;
    for (;;) {
      const buffer = Buffer.alloc(Math.max(chunkBytes, stats.size - length + 1));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) break;
      chunks.push(buffer.subarray(0, bytesRead));
      length += bytesRead;
      if (length > maxBytes) return undefined;
    }
    // Guessing at broken bytes would write the guess back at the next edit.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
  } finally {
    await handle.close();
  }
}
