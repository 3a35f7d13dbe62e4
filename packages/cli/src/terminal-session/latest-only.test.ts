import { createDeferred } from "@fairlead/core";
import { expect, it } from "vitest";
import { createLatestOnly } from "./latest-only.js";

it("sends the latest once more, however often it changed meanwhile", async () => {
  let size = 1;
  const sent: number[] = [];
  const gates = [createDeferred<void>(), createDeferred<void>(), createDeferred<void>()];
  const send = createLatestOnly(async () => {
    sent.push(size);
    await gates[sent.length - 1]?.promise;
  });
  send();
  for (size = 2; size < 9; size += 1) send();
  expect(sent).toEqual([1]);
  gates[0]?.resolve();
  await gates[0]?.promise;
  await Promise.resolve();
  expect(sent).toEqual([1, 9]);
  gates[1]?.resolve();
  await new Promise(setImmediate);
  expect(sent).toEqual([1, 9]);
  size = 20;
  send();
  expect(sent).toEqual([1, 9, 20]);
  gates[2]?.resolve();
});
