import { createDeferred } from "@fairlead/core";
import { expect, test } from "vitest";
import { createStartGate } from "./start-gate.js";

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("four starts of a machine run at once, the rest in order as places become free", async () => {
  const gate = createStartGate();
  const begun: number[] = [];
  const starts = Array.from({ length: 7 }, (_, index) => {
    const finished = createDeferred<void>();
    const result = gate.run("devbox", async () => {
      begun.push(index);
      await finished.promise;
      return index;
    });
    return { finished, result };
  });
  await tick();
  expect(begun).toEqual([0, 1, 2, 3]);
  starts[2]?.finished.resolve();
  await tick();
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  for (const { finished } of starts) finished.resolve();
  expect(await Promise.all(starts.map(({ result }) => result))).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test("machines do not wait for each other", async () => {
  const gate = createStartGate(1);
  const held = createDeferred<void>();
  const first = gate.run("slow", () => held.promise);
  expect(await gate.run("fast", async () => "done")).toBe("done");
  held.resolve();
  await first;
});

test("a start that fails gives its place away and its failure to whoever asked", async () => {
  const gate = createStartGate(1);
  const failing = gate.run("m", () => Promise.reject(new Error("no luck")));
  const next = gate.run("m", async () => "next");
  await expect(failing).rejects.toThrow("no luck");
  expect(await next).toBe("next");
});

test("never are there more than the limit, however starts come and end", async () => {
  const gate = createStartGate(3);
  let running = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      gate.run("m", async () => {
        running += 1;
        most = Math.max(most, running);
        for (let turn = 0; turn < index % 4; turn += 1) await tick();
        running -= 1;
      }),
    ),
  );
  expect([most, running]).toEqual([3, 0]);
});
