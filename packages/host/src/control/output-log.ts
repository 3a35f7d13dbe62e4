import { isUtf8 } from "node:buffer";
import type { OutputName } from "@fairlead/core";
import type { ControlChunk } from "@fairlead/mcp";

/** What is kept of a session's output for those who listen later. */
export const keptOutputBytes = 256 * 1024;

/** Runs of one stream that are kept at most: each costs more than its bytes, here and wherever it is told. */
export const keptOutputRuns = 1_024;

/** What came in a row on one stream. */
interface Run {
  readonly stream: OutputName;
  offset: number;
  /** May be longer than what it holds, so that most pieces only need to be copied into it. */
  block: Uint8Array;
  start: number;
  end: number;
}

/** From this size on another block is begun: growing one means copying it. */
const fullBlockBytes = 16 * 1024;

/** The newest output of a program, both streams in the order in which they came. */
export class OutputLog {
  readonly #maxBytes: number;
  readonly #runs: Run[] = [];
  #end = 0;

  /** @param maxBytes kept at most. @default 256 KiB, some thousand lines */
  constructor(maxBytes: number = keptOutputBytes) {
    this.#maxBytes = maxBytes;
  }

  /** Absolute offset of the first byte that is kept. */
  get offset(): number {
    return this.#runs[0]?.offset ?? this.#end;
  }

  /** Keeps a copy of the bytes. @returns the chunk as listeners are told it */
  push(stream: OutputName, bytes: Uint8Array): ControlChunk {
    const offset = this.#end;
    this.#end += bytes.length;
    // A copy: the chunk may be a small part of a large buffer, which would be kept with it.
    this.#keep(stream, bytes.subarray(-this.#maxBytes));
    this.#dropOldest();
    return toChunk(stream, offset, bytes);
  }

  /** What is kept, as few chunks. */
  read(): ControlChunk[] {
    const joined: { stream: OutputName; offset: number; parts: Uint8Array[] }[] = [];
    for (const { stream, offset, block, start, end } of this.#runs) {
      const part = block.subarray(start, end);
      const last = joined.at(-1);
      if (last?.stream === stream) last.parts.push(part);
      else joined.push({ stream, offset, parts: [part] });
    }
    return joined.map(({ stream, offset, parts }) => toChunk(stream, offset, Buffer.concat(parts)));
  }

  #keep(stream: OutputName, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (bytes.length === this.#maxBytes) this.#runs.length = 0;
    const last = this.#runs.at(-1);
    if (last?.stream === stream && makeRoom(last, bytes.length)) {
      last.block.set(bytes, last.end);
      last.end += bytes.length;
      return;
    }
    const offset = this.#end - bytes.length;
    this.#runs.push({ stream, offset, block: new Uint8Array(bytes), start: 0, end: bytes.length });
  }

  #dropOldest(): void {
    if (this.#runs.length > keptOutputRuns) this.#runs.shift();
    for (let first = this.#runs[0]; first !== undefined; first = this.#runs[0]) {
      const surplus = this.#end - first.offset - this.#maxBytes;
      if (surplus <= 0) return;
      const cut = Math.min(surplus, first.end - first.start);
      first.start += cut;
      first.offset += cut;
      if (first.start < first.end) return;
      this.#runs.shift();
    }
  }
}

/** @returns whether so many bytes more fit behind what the run holds */
function makeRoom(run: Run, byteCount: number): boolean {
  const needed = run.end + byteCount;
  if (needed <= run.block.length) return true;
  if (needed > fullBlockBytes) return false;
  const larger = new Uint8Array(Math.min(fullBlockBytes, needed * 2));
  larger.set(run.block.subarray(0, run.end));
  run.block = larger;
  return true;
}

function toChunk(stream: OutputName, offset: number, bytes: Uint8Array): ControlChunk {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer)
    ? { stream, offset, data: buffer.toString("utf8") }
    : { stream, offset, dataBase64: buffer.toString("base64") };
}
