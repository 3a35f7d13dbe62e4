import { expect, test } from "vitest";
import { BoundedQueue } from "./bounded-queue.js";

const make = (limit = 3, onReturn?: () => void): BoundedQueue<string> =>
  new BoundedQueue({ limit, overflow: () => "missing", onReturn });

test("items come in order, whoever is earlier", async () => {
  const queue = make();
  const waiting = queue.next();
  queue.push("a");
  queue.push("b");
  expect(await waiting).toEqual({ done: false, value: "a" });
  expect(await queue.next()).toEqual({ done: false, value: "b" });
});

test("what waits comes before the end", async () => {
  const queue = make();
  queue.push("a");
  queue.end();
  queue.push("late");
  const seen: string[] = [];
  for await (const item of queue) seen.push(item);
  expect(seen).toEqual(["a"]);
});

test("what waits comes before the failure, which comes once", async () => {
  const queue = make();
  queue.push("a");
  queue.fail(new Error("broke"));
  expect(await queue.next()).toEqual({ done: false, value: "a" });
  await expect(queue.next()).rejects.toThrow("broke");
  expect(await queue.next()).toEqual({ done: true, value: undefined });
});

test("one too many is told as missing, with all that waited", async () => {
  const queue = make();
  for (const item of ["a", "b", "c", "d", "e"]) queue.push(item);
  queue.end();
  const seen: string[] = [];
  for await (const item of queue) seen.push(item);
  expect(seen).toEqual(["missing", "e"]);
});

test("whoever leaves is noticed, and nothing is kept for them", async () => {
  let left = 0;
  const queue = make(3, () => (left += 1));
  queue.push("a");
  queue.push("b");
  for await (const item of queue) {
    expect(item).toBe("a");
    break;
  }
  expect(left).toBe(1);
  expect(await queue.next()).toEqual({ done: true, value: undefined });
});
