import { expect, test } from "vitest";
import { waitUntil } from "./wait-until.js";

test("gives the first truthy answer", async () => {
  const answers = [undefined, 0, "", "here", "too late"];
  await expect(waitUntil(() => answers.shift(), { withinMs: 5_000, what: "an answer" })).resolves.toBe(
    "here",
  );
});

test("fails at the time limit with what was last seen", async () => {
  let asked = 0;
  const waiting = waitUntil(() => ++asked < 0, { withinMs: 30, what: () => `${asked > 1} progress` });
  await expect(waiting).rejects.toMatchObject({
    code: "deadline_exceeded",
    message: "true progress did not happen within 30 ms",
  });
});

test("lets an error of the condition through and obeys an aborted signal", async () => {
  const failing = waitUntil(() => Promise.reject(new Error("broken")), { withinMs: 1_000, what: "it" });
  await expect(failing).rejects.toThrow("broken");
  const signal = AbortSignal.abort();
  await expect(waitUntil(() => true, { withinMs: 1_000, what: "it", signal })).rejects.toMatchObject({
    code: "canceled",
  });
});
