import { createDeferred } from "@fairlead/core";
import { expect, test } from "vitest";
import { createStartGate } from "./start-gate.js";

test("only so many starts run at once on a machine, the others in order after them", async () => {
  const gate = createStartGate(2);
  const begun: number[] = [];
  const ends = Array.from({ length: 4 }, () => createDeferred<void>());
  const starts = ends.map((end, index) =>
    gate.run("devbox", () => {
      begun.push(index);
      return end.promise;
    }),
  );
  const elsewhere = gate.run("local", async () => "at once");
  expect(await elsewhere).toBe("at once");
  expect(begun).toEqual([0, 1]);
  ends[1]?.resolve();
  await starts[1];
  await expect.poll(() => begun).toEqual([0, 1, 2]);
  for (const end of ends) end.resolve();
  await Promise.all(starts);
  expect(begun).toEqual([0, 1, 2, 3]);
});

test("a start that fails lets the next one in", async () => {
  const gate = createStartGate(1);
  const failing = gate.run("devbox", () => Promise.reject(new Error("no")));
  const next = gate.run("devbox", async () => "in");
  await expect(failing).rejects.toThrow("no");
  expect(await next).toBe("in");
});
