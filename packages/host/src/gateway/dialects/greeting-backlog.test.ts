import { expect, test } from "vitest";
import { createEgressBudget, egressPressureBytes } from "../egress-budget.js";
import { createGreetingBacklog } from "./greeting-backlog.js";

function openScene() {
  const told: string[] = [];
  const dropped: string[] = [];
  const pressures: boolean[] = [];
  const egress = createEgressBudget({
    maxBytes: 64 * 1024 * 1024,
    onPressure: (isHigh) => void pressures.push(isHigh),
    onOverflow: () => void told.push("overflow"),
  });
  const backlog = createGreetingBacklog({
    egress,
    onDropped: ({ server, method }) => void dropped.push(`${server} ${method}`),
  });
  const say = (method: string, bytes = 10): void =>
    backlog.run({ server: "s", method, bytes, tell: () => void told.push(method) });
  return { told, dropped, pressures, egress, backlog, say };
}

const never = new AbortController().signal;

test("what comes before the greeting waits, is counted, and goes out in order", () => {
  const { told, pressures, egress, backlog, say } = openScene();
  say("a");
  say("b", egressPressureBytes);
  expect(told).toEqual([]);
  expect(egress.queuedBytes).toBe(egressPressureBytes + 10);
  expect(pressures).toEqual([true]);
  backlog.open();
  say("c");
  expect(told).toEqual(["a", "b", "c"]);
  expect(egress.queuedBytes).toBe(0);
  expect(pressures).toEqual([true, false]);
});

test("a flood before the greeting is dropped from the bound on, with one word, and without letting go of the agent", () => {
  const { told, dropped, egress, backlog, say } = openScene();
  for (let count = 0; count < 100; count += 1) say(`message ${count}`, 1024 * 1024);
  expect(egress.queuedBytes).toBeLessThanOrEqual(4 * egressPressureBytes);
  expect(dropped).toEqual(["s message 31"]);
  for (let count = 0; count < 3; count += 1) {
    say("notifications/tools/list_changed", 1024 * 1024);
    say("notifications/resources/list_changed", 1024 * 1024);
  }
  backlog.open();
  expect(told).toHaveLength(31 + 2);
  expect(told.slice(-2)).toEqual([
    "notifications/tools/list_changed",
    "notifications/resources/list_changed",
  ]);
  expect(egress.queuedBytes).toBe(0);
});

test("a single message is never too large", () => {
  const { told, backlog, say } = openScene();
  say("large", 10 * egressPressureBytes);
  backlog.open();
  expect(told).toEqual(["large"]);
});

test("many small messages count more than their bytes", () => {
  const { dropped, say } = openScene();
  for (let count = 0; count < 20_000; count += 1) say("small", 1);
  expect(dropped).toEqual(["s small"]);
});

test("who waits for the greeting of an agent that leaves without one learns it", async () => {
  const { told, egress, backlog, say } = openScene();
  const waiting = backlog.greeted(never);
  say("a");
  backlog.close();
  await expect(waiting).rejects.toMatchObject({ code: "unavailable", reason: "transport_closed" });
  await expect(backlog.greeted(never)).rejects.toMatchObject({ code: "unavailable" });
  expect(egress.queuedBytes).toBe(0);
  expect(told).toEqual([]);
});

test("who waits for a greeting that came goes on, also after the agent has left", async () => {
  const { backlog } = openScene();
  const waiting = backlog.greeted(never);
  backlog.open();
  backlog.close();
  await expect(waiting).resolves.toBeUndefined();
});
