import type { OutputName } from "@fairlead/core";

/** What a process wrote since it was last looked at. */
export interface TakenOutput {
  readonly text: string;
  /** Characters in the middle, or at the beginning, that were left out. */
  readonly omittedCount: number;
}

/** Keeps the newest output of a process until it is taken; what is too old is dropped, so that no process ever waits. */
export class OutputTail {
  readonly #maxChars: number;
  readonly #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  #pieces: string[] = [];
  #chars = 0;
  #dropped = 0;

  /** @param maxChars kept at most. @default 1 Mi, about what a terminal keeps */
  constructor(maxChars: number = 1024 * 1024) {
    this.#maxChars = maxChars;
  }

  push(name: OutputName, chunk: Uint8Array): void {
    const text = this.#decoders[name].decode(chunk, { stream: true });
    this.#pieces.push(text);
    this.#chars += text.length;
    if (this.#chars <= 2 * this.#maxChars) return;
    // Joined only when it is twice too much, so that the cost per byte stays the same.
    const all = this.#pieces.join("");
    const kept = all.slice(-this.#maxChars);
    this.#dropped += all.length - kept.length;
    this.#pieces = [kept];
    this.#chars = kept.length;
  }

  /** Takes what has gathered. Of too much the beginning and the end are given. */
  take(maxChars: number): TakenOutput {
    const all = this.#pieces.join("");
    const dropped = this.#dropped;
    this.#pieces = [];
    this.#chars = 0;
    this.#dropped = 0;
    if (all.length <= maxChars) return { text: withGap("", dropped, all), omittedCount: dropped };
    const half = Math.floor(maxChars / 2);
    const omittedCount = dropped + all.length - 2 * half;
    const head = dropped > 0 ? "" : all.slice(0, half);
    const tail = all.slice(dropped > 0 ? -2 * half : -half);
    return { text: withGap(head, omittedCount, tail), omittedCount };
  }
}

function withGap(head: string, omitted: number, tail: string): string {
  return omitted === 0 ? head + tail : `${head}\n[… ${omitted} characters left out …]\n${tail}`;
}
