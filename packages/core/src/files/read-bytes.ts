import { FairleadError } from "../errors/fairlead-error.js";
import type { Files, ReadOptions } from "../ports/files.js";

/** How to read a file into memory. */
export interface ReadBytesOptions extends ReadOptions {
  /** Fails with `file_too_large` where there is more to read. */
  readonly maxBytes: number;
}

/** Reads a file, or a part of it, into memory. Rejects as {@link Files.read} does. */
export async function readBytes(files: Files, uri: string, options: ReadBytesOptions): Promise<Uint8Array> {
  const { maxBytes, ...range } = options;
  const { file, body } = await files.read(uri, range);
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    chunks.push(value);
    if (size <= maxBytes) continue;
    await reader.cancel();
    throw new FairleadError(
      "resource_exhausted",
      `There are more than ${maxBytes} bytes to read of ${JSON.stringify(file.uri)}; read a part of it`,
      { reason: "file_too_large", effect: "none", details: { limit: maxBytes, sizeBytes: file.sizeBytes } },
    );
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
