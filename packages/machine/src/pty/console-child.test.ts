import { EventEmitter } from "node:events";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { startDaemon } from "../processes/daemon.js";
import { consoleArguments, joinConsole, type PseudoConsole, safeAgent } from "./console-child.js";

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
    _inSocket: Object.assign(new EventEmitter(), { destroy: (): void => void this.closed.push("input") }),
    resize: (): void => {
      throw new Error("Cannot resize a pty that has already exited");
    },
    _$onProcessExit: (code: number): void => {
      this.#flushed = () => this.#onExit({ exitCode: code });
    },
  };
  #onData: (text: string) => void = () => {};
  #onExit: (exit: { readonly exitCode: number | undefined }) => void = () => {};
  #flushed: (() => void) | undefined;

  onData(listener: (text: string) => void): void {
    this.#onData = listener;
  }

  onExit(listener: (exit: { readonly exitCode: number | undefined }) => void): void {
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
    this.#flushed?.();
  }

  /** The pipe of its output breaks; the program runs on. */
  breaks(): void {
    this.#onExit({ exitCode: undefined });
  }

  /** Whether the library counts down to the end of the output. */
  get isDraining(): boolean {
    return this.#flushed !== undefined;
  }
}

function joined(): { readonly memory: MemoryConsole; readonly child: ReturnType<typeof joinConsole> } {
  const memory = new MemoryConsole();
  return { memory, child: joinConsole(memory, safeAgent(memory), "cmd.exe") };
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

  it("is heard out that ended before anybody could read it", async () => {
    const { memory, child } = joined();
    memory.ends(0);
    memory.isSilent();
    memory.says("all its words");
    memory.isSilent();
    expect(await text(child.outputs.stdout ?? Readable.from([]))).toBe("all its words");
  });

  it("ends its output also if it never says anything, once that is let go of", async () => {
    const { memory, child } = joined();
    memory.ends(0);
    child.outputs.stdout?.destroy();
    expect(memory.isDraining).toBe(true);
  });

  it("is not taken for ended when only its output is", async () => {
    const { memory, child } = joined();
    const exits: unknown[] = [];
    child.onExit((code, signal) => exits.push([code, signal]));
    memory.says("before");
    memory.breaks();
    expect(await text(child.outputs.stdout ?? Readable.from([]))).toBe("before");
    expect(exits).toEqual([]);
    memory.ends(3);
    expect(exits).toEqual([[3, null]]);
  });

  it("closes its console and the thread that reads it once, whoever lets go", async () => {
    const { memory, child } = joined();
    memory.says("x");
    memory.ends(0);
    memory.isSilent();
    child.outputs.stdout?.resume();
    await new Promise<void>((resolve) => child.outputs.stdout?.once("close", () => resolve()));
    child.outputs.stdout?.destroy();
    expect(memory.closed).toEqual(["reader", "console 3", "input"]);
    expect(memory.errorListeners).toBe(2);
  });

  it("gets its arguments as one text that is quoted by our rules", () => {
    expect(consoleArguments(['"a b"', "c\\ d\\", "e"], false)).toBe('"\\"a b\\"" "c\\ d\\\\" e');
    expect(consoleArguments(["/c", '"a b"'], true)).toBe('/c "a b"');
    expect(consoleArguments([], false)).toEqual([]);
  });

  it("takes nobody down when its input breaks, or when a change of size that was put off comes too late", () => {
    const { memory } = joined();
    expect(memory._agent._inSocket.emit("error", new Error("write EPIPE"))).toBe(true);
    expect(() => memory._agent.resize()).not.toThrow();
  });

  it("is refused, and ends, where the library has other inner parts", async () => {
    await using program = await startDaemon({
      program: process.execPath,
      args: ["-e", "setInterval(() => {}, 1000)"],
    });
    const unknown = { pid: program.pid, on: () => {}, _agent: { _pty: 1 } };
    expect(() => safeAgent(unknown)).toThrow(expect.objectContaining({ reason: "feature_missing" }));
    expect(await program.exited).toMatchObject({ reason: "exited" });
  });
});
