import type { DevboxMachine } from "./devbox-machine.js";

/** A file, or a part of it, in memory. */
export interface ReadFile {
  readonly bytes: Buffer;
  /** Of the whole file. */
  readonly sizeBytes: number;
  readonly offsetBytes: number;
  readonly version: string;
}

/** Which part to read, at most so much. */
export interface ReadRange {
  readonly offsetBytes?: number | undefined;
  readonly lengthBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** Reads a part of a file. @throws FairleadError as `Files.read` */
export async function readAll({ files }: DevboxMachine, uri: string, range: ReadRange): Promise<ReadFile> {
  const { file, body, offsetBytes } = await files.read(uri, range);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return { bytes: Buffer.concat(chunks), sizeBytes: file.sizeBytes, offsetBytes, version: file.version };
}

/** Decodes a whole text; undefined for what is none. */
export function decodeText(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
