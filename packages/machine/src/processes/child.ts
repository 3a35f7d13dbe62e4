import type { Readable } from "node:stream";
import type { OutputName } from "@fairlead/core";
import type { StdinWriter } from "./stdin-writer.js";

/** A child that the kernel has started, whatever joins it to us: pipes, or a pseudo terminal. */
export interface Child {
  /** Also the number of the group and the session that it leads. */
  readonly pid: number;
  readonly stdin: StdinWriter;
  /** What it writes. On a terminal both of its outputs are one stream, told as stdout. */
  readonly outputs: Readonly<Partial<Record<OutputName, Readable>>>;
  /** Calls back once, when the child itself has ended; one of code and signal is null. */
  onExit(listener: (code: number | null, signal: string | null) => void): void;
  /** Tells the terminal its size, in character cells. Undefined for a child with pipes. */
  readonly resize: ((columns: number, rows: number) => void) | undefined;
}
