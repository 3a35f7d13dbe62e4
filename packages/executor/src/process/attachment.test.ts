import { createDeferred, type OutputName } from "@fairlead/core";
import type { AttachRequest__Output, AttachResponse, DuplexCall } from "@fairlead/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createMemoryLauncher, type MemoryProcess } from "../test-support/memory-launcher.js";
import { serveAttachment } from "./attachment.js";
import { HostedProcess } from "./hosted-process.js";

const frameTargetBytes = 7;
const windows = { outputBytes: 64, inputBytes: 64 };
const names = ["stdout", "stderr"] as const;

interface Hosted {
  readonly hosted: HostedProcess;
  readonly memory: MemoryProcess;
}

async function host(): Promise<Hosted> {
  const launcher = createMemoryLauncher();
  const hosted = await HostedProcess.start("p", { program: "x", args: [] }, { launcher, windows });
  const [memory] = launcher.processes;
  if (memory === undefined) throw new Error("nothing was launched");
  return { hosted, memory };
}

type Message = Partial<AttachRequest__Output>;

interface Line {
  /** Says whether the client leaves so much unread that more should wait. */
  congest(isCongested: boolean): void;
  /** What the executor sent and the client has not seen. */
  readonly underWay: AttachResponse[];
  /** Hands a message of the client to the executor. */
  arrive(message: Message): void;
  /** The executor notices that the connection is gone. */
  abort(): void;
  /** Settles with the failure, or undefined. */
  readonly ended: Promise<unknown>;
  readonly exitsSeen: () => number;
}

function openLine(hosted: HostedProcess): Line {
  const underWay: AttachResponse[] = [];
  const abort = new AbortController();
  const ended = createDeferred<unknown>();
  let isOver = false;
  let listener: (message: AttachRequest__Output) => void = () => {};
  let exitsSeen = 0;
  let [isCongested, drained] = [false, (): void => {}];
  const call: DuplexCall<AttachRequest__Output, AttachResponse> = {
    onMessage: (given) => {
      listener = given;
    },
    onEnd: () => {},
    get isCongested() {
      return isCongested;
    },
    onDrained: (given) => {
      drained = given;
    },
    flushed: () => Promise.resolve(),
    send: (frame) => {
      if (!isOver) underWay.push(frame);
    },
  };
  const over = (failure?: unknown): void => {
    isOver = true;
    ended.resolve(failure);
  };
  serveAttachment(call, {
    frameTargetBytes,
    frameMaxBytes: 1_000,
    signal: abort.signal,
    find: () => hosted,
    onHeard: () => {},
    onExitSeen: () => {
      exitsSeen += 1;
    },
    onDisplaced: () => () => {},
  }).then(() => over(), over);
  return {
    underWay,
    congest: (value) => {
      isCongested = value;
      if (!value) drained();
    },
    arrive: (message) => {
      if (!isOver) listener({ exitSeen: false, detach: false, ...message });
    },
    abort: () => abort.abort(),
    ended: ended.promise,
    exitsSeen: () => exitsSeen,
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A client that reads as the contract says, and notes where the executor does not. */
class Reader {
  readonly offences: string[] = [];
  readonly received: Record<OutputName, number[]> = { stdout: [], stderr: [] };
  readonly consumed: Record<OutputName, number> = { stdout: 0, stderr: 0 };
  line: Line;
  closes = 0;
  readonly #hosted: HostedProcess;
  #toExecutor: Message[] = [];
  #windowBytes: number | undefined;
  #generation = 0;

  constructor(hosted: HostedProcess) {
    this.#hosted = hosted;
    this.line = openLine(hosted);
    this.attach(undefined, false);
  }

  /** Goes on over a new line; what was under way on the former one is lost. */
  attach(windowBytes: number | undefined, isNoticed: boolean): void {
    if (isNoticed) this.line.abort();
    this.#toExecutor = [];
    this.line = openLine(this.#hosted);
    this.#windowBytes = windowBytes;
    this.#generation += 1;
    this.line.arrive({
      attach: {
        processId: "p",
        stdoutOffset: this.received.stdout.length,
        stderrOffset: this.received.stderr.length,
        generation: this.#generation,
        ...(windowBytes === undefined ? {} : { windowBytes }),
      },
      stdoutConsumed: this.consumed.stdout,
      stderrConsumed: this.consumed.stderr,
    });
  }

  /** Sees the next frames. */
  see(frameCount: number): void {
    for (const frame of this.line.underWay.splice(0, frameCount)) {
      for (const name of names) {
        const slice = frame[name];
        if (slice == null) continue;
        const received = this.received[name];
        const data = (slice.data as Uint8Array | undefined) ?? [];
        // On one line there is neither a gap nor a repetition, and a line goes on where the former one broke.
        if (slice.offset !== received.length)
          this.offences.push(`${Number(slice.offset)} after ${received.length}`);
        if (data.length > frameTargetBytes) this.offences.push(`a frame of ${data.length}`);
        received.push(...data);
        const open = received.length - this.consumed[name];
        if (open > (this.#windowBytes ?? Infinity)) this.offences.push(`${open} in ${this.#windowBytes}`);
      }
      if (frame.closed != null) this.closes += 1;
    }
  }

  consume(name: OutputName, byteCount: number): void {
    this.consumed[name] = Math.min(this.received[name].length, this.consumed[name] + byteCount);
    const key = name === "stdout" ? "stdoutConsumed" : "stderrConsumed";
    this.#toExecutor.push({ [key]: this.consumed[name] });
  }

  /** Lets acknowledgements arrive. */
  tell(messageCount: number): void {
    for (const message of this.#toExecutor.splice(0, messageCount)) this.line.arrive(message);
  }
}

describe("what a process writes", () => {
  const name = fc.constantFrom(...names);
  const action = fc.oneof(
    fc.record({ kind: fc.constant("write" as const), name, bytes: fc.uint8Array({ maxLength: 40 }) }),
    fc.record({ kind: fc.constant("see" as const), count: fc.nat(6) }),
    fc.record({ kind: fc.constant("consume" as const), name, count: fc.nat(30) }),
    fc.record({ kind: fc.constant("tell" as const), count: fc.nat(3) }),
    fc.record({
      kind: fc.constant("break" as const),
      windowBytes: fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
      isNoticed: fc.boolean(),
    }),
    fc.record({ kind: fc.constant("turn" as const) }),
  );

  test("is read once and in order, within the window, whatever is written, read, told and broken when", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 80 }), async (actions) => {
        const { hosted, memory } = await host();
        const reader = new Reader(hosted);
        const written: Record<OutputName, number[]> = { stdout: [], stderr: [] };
        for (const next of actions) {
          if (next.kind === "write") {
            written[next.name].push(...next.bytes);
            memory.emit(next.name, next.bytes);
          } else if (next.kind === "see") reader.see(next.count);
          else if (next.kind === "consume") reader.consume(next.name, next.count);
          else if (next.kind === "tell") reader.tell(next.count);
          else if (next.kind === "turn") await turn();
          else {
            // A window is for what is not consumed: a client that narrows it has consumed what is more.
            for (const each of names) if (next.windowBytes !== undefined) reader.consume(each, Infinity);
            reader.attach(next.windowBytes, next.isNoticed);
          }
        }
        memory.exit(0);
        reader.attach(20, true);
        for (let round = 0; reader.closes === 0; round += 1) {
          expect(round).toBeLessThan(1_000);
          await turn();
          reader.see(Infinity);
          for (const each of names) reader.consume(each, 13);
          reader.tell(Infinity);
        }
        expect(reader.offences).toEqual([]);
        expect(reader.received).toEqual(written);
        for (const each of names) reader.consume(each, Infinity);
        reader.tell(Infinity);
        await turn();
        expect(reader.closes).toBe(1);
        expect(memory.consumedBytes).toEqual({
          stdout: written.stdout.length,
          stderr: written.stderr.length,
        });
        reader.line.abort();
      }),
      { numRuns: 300 },
    );
  });
});

describe("an attachment", () => {
  test("says that output waits when its window is full, and sends it once there is room", async () => {
    const { hosted, memory } = await host();
    const line = openLine(hosted);
    line.arrive({
      attach: { processId: "p", stdoutOffset: 0, stderrOffset: 0, generation: 1, windowBytes: 5 },
    });
    memory.emit("stdout", Buffer.from("12345678"));
    await turn();
    await turn();
    const text = (): string => line.underWay.map(({ stdout }) => stdout?.data?.toString() ?? "").join("");
    expect(text()).toBe("12345");
    expect(line.underWay.at(-1)).toMatchObject({ outputWaiting: true });
    line.arrive({ stdoutConsumed: 2 });
    await turn();
    await turn();
    expect(text()).toBe("1234567");
    line.abort();
  });

  test("whose client does not read is not fed on, and goes on where it stopped", async () => {
    const { hosted, memory } = await host();
    const line = openLine(hosted);
    line.arrive({ attach: { processId: "p", stdoutOffset: 0, stderrOffset: 0, generation: 1 } });
    await turn();
    line.congest(true);
    memory.emit("stdout", Buffer.from("abc"));
    line.arrive({ input: { offset: 0, data: Buffer.from("x"), end: false } });
    memory.takeWrite();
    memory.exit(0);
    await turn();
    await turn();
    expect(line.underWay).toHaveLength(1);
    // What was not sent cannot be acknowledged, so the process is held back by its window.
    line.congest(false);
    await turn();
    expect(line.underWay).toHaveLength(2);
    expect(line.underWay[1]).toMatchObject({
      inputTaken: 1,
      stdout: { offset: 0 },
      exited: { code: 0 },
      closed: { stdoutEnd: 3 },
    });
    line.abort();
  });

  test("an acknowledgement of what a client that does not read cannot have is refused", async () => {
    const { hosted, memory } = await host();
    const line = openLine(hosted);
    line.arrive({ attach: { processId: "p", stdoutOffset: 0, stderrOffset: 0, generation: 1 } });
    line.congest(true);
    memory.emit("stdout", Buffer.from("abc"));
    await turn();
    line.arrive({ stdoutConsumed: 3 });
    expect(await line.ended).toMatchObject({ reason: "frame_invalid" });
  });

  test("whose client has seen the end keeps nothing of what was written", async () => {
    const { hosted, memory } = await host();
    const line = openLine(hosted);
    line.arrive({ attach: { processId: "p", stdoutOffset: 0, stderrOffset: 0, generation: 1 } });
    memory.emit("stdout", Buffer.from("abc"));
    line.arrive({ exitSeen: true });
    expect(hosted.outputs.stdout.startOffset).toBe(0);
    memory.exit(0);
    await turn();
    await turn();
    line.arrive({ exitSeen: true });
    expect(hosted.outputs.stdout.startOffset).toBe(3);
    expect(hosted.isEndSeen).toBe(true);
    line.abort();
  });

  test("tells the end again to whoever comes after, until somebody has seen it", async () => {
    const { hosted, memory } = await host();
    memory.exit(3);
    for (let generation = 1; generation <= 3; generation += 1) {
      const line = openLine(hosted);
      line.arrive({ attach: { processId: "p", stdoutOffset: 0, stderrOffset: 0, generation } });
      await turn();
      await turn();
      expect(line.underWay.filter(({ exited }) => exited != null)).toHaveLength(1);
      expect(line.underWay.filter(({ closed }) => closed != null)).toHaveLength(1);
      line.arrive({ exitSeen: generation === 3, detach: true });
      expect(await line.ended).toBeUndefined();
      expect(line.exitsSeen()).toBe(generation === 3 ? 1 : 0);
    }
    expect(hosted.isSettled).toBe(false);
    await hosted.stop("stopped");
    expect(hosted.isSettled).toBe(true);
  });

  test("that a later one overtook is refused, until the session has a new holder", async () => {
    const { hosted } = await host();
    const attach = (generation: number): Line => {
      const line = openLine(hosted);
      line.arrive({ attach: { processId: "p", stdoutOffset: 0, stderrOffset: 0, generation } });
      return line;
    };
    const current = attach(5);
    expect(await attach(4).ended).toMatchObject({ reason: "session_displaced" });
    hosted.forgetGenerations();
    const next = attach(1);
    expect(await current.ended).toMatchObject({ reason: "session_displaced" });
    next.abort();
    expect(await next.ended).toBeUndefined();
  });
});
