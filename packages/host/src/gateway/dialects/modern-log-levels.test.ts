import { FairleadError } from "@fairlead/core";
import { expect, onTestFinished, test, vi } from "vitest";
import { createScriptedPool, definitionOf } from "../test-support/scripted-server.js";
import { ModernLogLevels } from "./modern-log-levels.js";

function setScene() {
  const pool = createScriptedPool();
  pool.initializeRaw = pool.initializeRaw.replace('"tools":{}', '"logging":{}');
  const consumer = { profile: { clientInfo: { name: "t", version: "1" }, capabilities: {} } };
  const server = pool.attach(definitionOf("s"), consumer as Parameters<typeof pool.attach>[1]);
  const warnings: string[] = [];
  const levels = new ModernLogLevels((_, text) => void warnings.push(text));
  const told = () => pool.calls.map(({ params }) => params);
  return { pool, server, levels, warnings, told };
}

test("a server that does not agree to a level is waited for shortly, and once for all calls", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const { server, levels, told } = setScene();
  const both = Promise.all([levels.want(server, "info"), levels.want(server, "error")]);
  await vi.advanceTimersByTimeAsync(2_000);
  await both;
  await levels.want(server, "info");
  expect(told()).toEqual(['{"level":"info"}']);
});

test("a level that a server could not be told is told again with the next call that wants it", async () => {
  const { server, levels, warnings, told } = setScene();
  const failing = vi.spyOn(server, "call");
  failing.mockRejectedValueOnce(new FairleadError("unavailable", "It is gone"));
  await levels.want(server, "info");
  expect(warnings).toEqual(["logging/setLevel failed: It is gone"]);
  void levels.want(server, "info");
  expect(told()).toEqual(['{"level":"info"}']);
});

test("a level that a server refuses is a warning, and not told again", async () => {
  const { pool, server, levels, warnings, told } = setScene();
  const wanting = levels.want(server, "info");
  pool.calls[0]?.refuse('{"code":-32603,"message":"Not now"}');
  await wanting;
  await levels.want(server, "info");
  expect(told()).toEqual(['{"level":"info"}']);
  expect(warnings).toEqual([expect.stringMatching(/^logging\/setLevel was refused: .*Not now/)]);
});
