import { isUtf8 } from "node:buffer";
import type { OutputName } from "@fairlead/core";
import type { ControlChunk } from "@fairlead/mcp";

/** What is kept of a session's output for those who listen later. */
export const keptOutputBytes = 256 * 1024;

interface Piece {
  readonly stream: OutputName;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** The newest output of a program, both streams in the order in which they came. */
export class OutputLog {
  readonly #maxBytes: number;
  #pieces: Piece[] = [];
  #keptBytes = 0;
  #end = 0;

  /** @param maxBytes kept at most. @default 256 KiB, some thousand lines */
  constructor(maxBytes: number = keptOutputBytes) {
    this.#maxBytes = maxBytes;
  }

  /** Absolute offset of the first byte that is kept. */
  get offset(): number {
    return this.#end - this.#keptBytes;
  }

  /** Keeps a copy of the bytes. @returns the chunk as listeners are told it */
  push(stream: OutputName, bytes: Uint8Array): ControlChunk {
    const piece = { stream, offset: this.#end, bytes };
    this.#end += bytes.length;
    // A copy: the chunk may be a small part of a large buffer, which would be kept with it.
    this.#keep({ ...piece, bytes: Uint8Array.from(bytes.subarray(-this.#maxBytes)) });
    return toChunk(piece);
  }

  /** What is kept, as few chunks. */
  read(): ControlChunk[] {
    const runs: { stream: OutputName; offset: number; parts: Uint8Array[] }[] = [];
    for (const { stream, offset, bytes } of this.#pieces) {
      const last = runs.at(-1);
      if (last?.stream === stream) last.parts.push(bytes);
      else runs.push({ stream, offset, parts: [bytes] });
    }
    return runs.map(({ stream, offset, parts }) => toChunk({ stream, offset, bytes: Buffer.concat(parts) }));
  }

  #keep(piece: Piece): void {
    const offset = this.#end - piece.bytes.length;
    this.#pieces.push({ ...piece, offset });
    this.#keptBytes += piece.bytes.length;
    let surplus = this.#keptBytes - this.#maxBytes;
    // Small pieces cost more than their bytes, so these are joined before they are many.
    if (this.#pieces.length > 1_024) this.#join();
    let dropped = 0;
    for (const [index, { bytes, ...rest }] of this.#pieces.entries()) {
      if (surplus <= 0) break;
      const cut = Math.min(surplus, bytes.length);
      surplus -= cut;
      this.#keptBytes -= cut;
      if (cut === bytes.length) dropped = index + 1;
      else this.#pieces[index] = { ...rest, offset: rest.offset + cut, bytes: bytes.subarray(cut) };
    }
    if (dropped > 0) this.#pieces.splice(0, dropped);
  }

  #join(): void {
    const joined: Piece[] = [];
    let run: Piece[] = [];
    const flush = (): void => {
      const [first] = run;
      if (first === undefined) return;
      joined.push({ ...first, bytes: new Uint8Array(Buffer.concat(run.map(({ bytes }) => bytes))) });
      run = [];
    };
    for (const piece of this.#pieces) {
      if (run[0] !== undefined && run[0].stream !== piece.stream) flush();
      run.push(piece);
    }
    flush();
    this.#pieces = joined;
  }
}

function toChunk({ stream, offset, bytes }: Piece): ControlChunk {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer)
    ? { stream, offset, data: buffer.toString("utf8") }
    : { stream, offset, dataBase64: buffer.toString("base64") };
}
