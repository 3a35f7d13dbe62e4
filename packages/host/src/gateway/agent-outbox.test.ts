import { createDeferred, type Deferred } from "@fairlead/core";
import { describe, expect, test } from "vitest";
import { type AgentOutbox, createAgentOutbox } from "./agent-outbox.js";
import { createEgressBudget, messageOverheadBytes } from "./egress-budget.js";

const mebibyte = 1024 * 1024;

interface Slow {
  readonly outbox: AgentOutbox;
  /** What was written, one text per write. */
  readonly writes: string[];
  readonly sizes: number[];
  /** The write under way. */
  current(): Deferred<void>;
  readonly pressure: boolean[];
  readonly broken: unknown[];
}

function openSlow(): Slow {
  const writes: string[] = [];
  const sizes: number[] = [];
  const pending: Deferred<void>[] = [];
  const pressure: boolean[] = [];
  const broken: unknown[] = [];
  const budget = createEgressBudget({
    maxBytes: 64 * mebibyte,
    onPressure: (isHigh) => pressure.push(isHigh),
    onOverflow: () => {},
  });
  const outbox = createAgentOutbox({
    send: (bytes) => {
      writes.push(Buffer.from(bytes.subarray(0, 100)).toString());
      sizes.push(bytes.length);
      const taken = createDeferred<void>();
      pending.push(taken);
      return taken.promise;
    },
    onBroken: (cause) => broken.push(cause),
    budget: () => budget,
  });
  return {
    outbox,
    writes,
    sizes,
    pressure,
    broken,
    current: () => {
      const taken = pending.at(-1);
      if (taken === undefined) throw new Error("Nothing was written yet");
      return taken;
    },
  };
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("messages to an agent", () => {
  test("of one turn share a write, and those of the meantime the next one", async () => {
    const slow = openSlow();
    for (const text of ["a", "b"]) slow.outbox.push(Buffer.from(text));
    await tick();
    expect(slow.writes).toEqual(["ab"]);
    for (const text of ["c", "d", "e"]) slow.outbox.push(Buffer.from(text));
    await tick();
    expect(slow.writes).toEqual(["ab"]);
    slow.current().resolve();
    await tick();
    expect(slow.writes).toEqual(["ab", "cde"]);
  });

  test("are flushed once they were taken", async () => {
    const slow = openSlow();
    await slow.outbox.flushed();
    slow.outbox.push(Buffer.from("a"));
    let flushed = false;
    const flushing = slow.outbox.flushed().then(() => (flushed = true));
    await tick();
    expect(flushed).toBe(false);
    slow.current().resolve();
    await flushing;
    expect(slow.writes).toEqual(["a"]);
  });

  test("are dropped after a close, but a flush does not hang", async () => {
    const slow = openSlow();
    slow.outbox.push(Buffer.from("a"));
    await tick();
    slow.outbox.push(Buffer.from("b"));
    slow.outbox.close();
    slow.outbox.push(Buffer.from("c"));
    slow.current().resolve();
    await slow.outbox.flushed();
    expect(slow.writes).toEqual(["a"]);
  });
});

describe("a slow agent", () => {
  test("is told once when too much waits, and once when it has caught up", async () => {
    const slow = openSlow();
    for (let index = 0; index < 10; index += 1) slow.outbox.push(Buffer.alloc(mebibyte));
    expect(slow.pressure).toEqual([true]);
    await tick();
    slow.outbox.push(Buffer.alloc(mebibyte));
    expect(slow.pressure).toEqual([true]);
    slow.current().resolve();
    await tick();
    expect(slow.sizes).toEqual([10 * mebibyte, mebibyte]);
    expect(slow.pressure).toEqual([true, false]);
  });

  test("is not told of what just fits", async () => {
    const slow = openSlow();
    const bytes = mebibyte - messageOverheadBytes;
    for (let index = 0; index < 8; index += 1) slow.outbox.push(Buffer.alloc(bytes));
    await tick();
    slow.current().resolve();
    await slow.outbox.flushed();
    expect(slow.pressure).toEqual([]);
  });
});

test("an agent that cannot be written to any more is told once, and nothing is written after", async () => {
  const slow = openSlow();
  slow.outbox.push(Buffer.from("a"));
  await tick();
  slow.outbox.push(Buffer.from("b"));
  const cause = new Error("EPIPE");
  slow.current().reject(cause);
  await slow.outbox.flushed();
  slow.outbox.push(Buffer.from("c"));
  await tick();
  expect(slow.writes).toEqual(["a"]);
  expect(slow.broken).toEqual([cause]);
});
