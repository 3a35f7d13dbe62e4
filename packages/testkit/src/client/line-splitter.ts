const newline = 0x0a;

/** Cuts a stream of bytes into lines, without their newline; nothing else is taken away, a CR stays. */
export class LineSplitter {
  readonly #onLine: (line: Buffer) => void;
  #parts: Buffer[] = [];

  constructor(onLine: (line: Buffer) => void) {
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      this.#parts.push(chunk.subarray(start, end));
      this.#flush();
      start = end + 1;
    }
    if (start < chunk.length) this.#parts.push(chunk.subarray(start));
  }

  /** Hands out what came after the last newline, if anything did. */
  end(): void {
    if (this.#parts.length > 0) this.#flush();
  }

  #flush(): void {
    const line = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#onLine(line);
  }
}
