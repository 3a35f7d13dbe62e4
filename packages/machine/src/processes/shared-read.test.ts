import { createDeferred } from "@fairlead/core";
import { expect, it } from "vitest";
import { createSharedRead } from "./shared-read.js";

it("answers nobody with a read that began before the question, and shares the next one", async () => {
  const reads: ReturnType<typeof createDeferred<number>>[] = [];
  const read = createSharedRead(() => {
    const next = createDeferred<number>();
    reads.push(next);
    return next.promise;
  });
  const first = read();
  const second = read();
  const third = read();
  expect(reads.length).toBe(1);
  reads[0]?.resolve(1);
  expect(await first).toBe(1);
  await new Promise((resolve) => setImmediate(resolve));
  expect(reads.length).toBe(2);
  const fourth = read();
  reads[1]?.resolve(2);
  expect([await second, await third]).toEqual([2, 2]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(reads.length).toBe(3);
  reads[2]?.resolve(3);
  expect(await fourth).toBe(3);
});

it("goes on after a read that failed", async () => {
  let count = 0;
  const read = createSharedRead(() => {
    count += 1;
    return count === 1 ? Promise.reject(new Error("broken")) : Promise.resolve(count);
  });
  const [first, second] = await Promise.allSettled([read(), read()]);
  expect([first.status, second]).toEqual(["rejected", { status: "fulfilled", value: 2 }]);
  expect(await read()).toBe(3);
});
