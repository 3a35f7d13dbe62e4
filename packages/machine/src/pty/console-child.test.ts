import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { findConsoleAgent } from "./console-agent.js";
import { joinConsole, type PseudoConsole } from "./console-child.js";

/** A pseudo console in memory, with the inner parts that the pinned version of the library has. */
class MemoryConsole implements PseudoConsole {
  readonly pid = 4_711;
  readonly written: string[] = [];
  readonly sizes: string[] = [];
  readonly closed: string[] = [];
  isPaused = false;
  errorListeners = 0;
  readonly _agent = {
    _pty: 3,
    _ptyNative: { kill: (pty: number): void => void this.closed.push(`console ${pty}`) },
    _conoutSocketWorker: { dispose: (): void => void this.closed.push("reader") },
    _$onProcessExit: (code: number): void => {
      this.#flushed = () => this.#onExit({ exitCode: code });
    },
  };
  #onData: (text: string) => void = () => {};
  #onExit: (exit: { readonly exitCode: number }) => void = () => {};
  #flushed: () => void = () => {};

  onData(listener: (text: string) => void): void {
    this.#onData = listener;
  }

  onExit(listener: (exit: { readonly exitCode: number }) => void): void {
    this.#onExit = listener;
  }

  on(): void {
    this.errorListeners += 1;
  }

  resize(columns: number, rows: number): void {
    this.sizes.push(`${columns}x${rows}`);
  }

  write(bytes: string | Buffer): void {
    this.written.push(bytes.toString());
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  says(words: string): void {
    this.#onData(words);
  }

  /** The program ends; the library tells that only when there was no output for a second. */
  ends(code: number): void {
    this._agent._$onProcessExit(code);
  }

  isSilent(): void {
    this.#flushed();
  }
}

function joined(): { readonly memory: MemoryConsole; readonly child: ReturnType<typeof joinConsole> } {
  const memory = new MemoryConsole();
  return { memory, child: joinConsole(memory, findConsoleAgent(memory), "cmd.exe") };
}

describe("a child in a pseudo console", () => {
  it("is written to, resized, and told the end of its input in the way of Windows", async () => {
    const { memory, child } = joined();
    await child.stdin.write(Buffer.from("dir\r"));
    child.resize?.(100, 30);
    await child.stdin.close();
    expect([memory.written, memory.sizes]).toEqual([["dir\r", "\x1a\r"], ["100x30"]]);
    await expect(child.stdin.write(Buffer.from("x"))).rejects.toMatchObject({ reason: "stdin_closed" });
  });

  it("tells its end at once, and gives what it had said before the output ends", async () => {
    const { memory, child } = joined();
    const exits: unknown[] = [];
    child.onExit((code, signal) => exits.push([code, signal]));
    for (let count = 0; !memory.isPaused && count < 1_000; count += 1) memory.says("x".repeat(1_024));
    expect(memory.isPaused).toBe(true);
    memory.ends(0xc000_013a | 0);
    expect([exits, memory.isPaused]).toEqual([[[0xc000_013a, null]], false]);
    memory.says("the last words");
    memory.isSilent();
    expect(await text(child.outputs.stdout ?? Readable.from([]))).toMatch(/^x+the last words$/);
    child.resize?.(1, 1);
    expect([exits.length, memory.sizes]).toEqual([1, []]);
  });

  it("closes its console and the thread that reads it once, whoever lets go", async () => {
    const { memory, child } = joined();
    memory.ends(0);
    memory.isSilent();
    child.outputs.stdout?.resume();
    await new Promise<void>((resolve) => child.outputs.stdout?.once("close", () => resolve()));
    child.outputs.stdout?.destroy();
    expect(memory.closed).toEqual(["reader", "console 3"]);
    expect(memory.errorListeners).toBe(2);
  });

  it("does without the inner parts of a library that has others", () => {
    expect(findConsoleAgent({ _agent: { _pty: 1 } })).toBeUndefined();
    expect(findConsoleAgent({})).toBeUndefined();
  });
});
