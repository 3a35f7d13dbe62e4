import { expect, test } from "vitest";
import { createReplayStore, type KeptMessage } from "./replay-store.js";

interface Named extends KeptMessage {
  readonly name: string;
}

function createFill(dropped: string[]) {
  return (name: string, bytes: number, settings: Partial<KeptMessage> = {}): Named => ({
    name,
    message: Buffer.alloc(bytes),
    isAwaited: false,
    wasSent: false,
    onDropped: () => void dropped.push(name),
    ...settings,
  });
}

test("the oldest fall off, each kind by itself", () => {
  const dropped: string[] = [];
  const fill = createFill(dropped);
  const store = createReplayStore({ replayBytes: 100, awaitedBytes: 1_000 });
  store.keep(fill("sent", 90, { wasSent: true }));
  for (const name of ["a", "b", "c"]) store.keep(fill(name, 40));
  expect(dropped).toEqual(["a"]);
  store.keep(fill("answer", 900, { isAwaited: true }));
  expect(store.bytes).toBe(90 + 80 + 900);
  store.keep(fill("later answer", 200, { isAwaited: true }));
  expect(dropped).toEqual(["a", "answer"]);
});

test("one answer alone never falls off, however large, until it is old", () => {
  const dropped: string[] = [];
  const fill = createFill(dropped);
  const store = createReplayStore({ replayBytes: 100, awaitedBytes: 100 });
  store.keep(fill("waiting", 5_000, { isAwaited: true }));
  store.keep(fill("sent", 5_000, { isAwaited: true, wasSent: true }));
  expect(dropped).toEqual([]);
  store.dropLargeOlderThan(60_000);
  expect(dropped).toEqual([]);
  store.dropLargeOlderThan(-1);
  expect(dropped).toEqual(["sent"]);
  expect(store.bytes).toBe(5_000);
});

test("what is taken out is not dropped, and taking it out twice counts once", () => {
  const dropped: string[] = [];
  const fill = createFill(dropped);
  const store = createReplayStore({ replayBytes: 100, awaitedBytes: 100 });
  const first = fill("first", 60);
  store.keep(first);
  store.forget(first);
  store.forget(first);
  store.keep(fill("second", 60));
  expect([dropped, store.bytes]).toEqual([[], 60]);
});
