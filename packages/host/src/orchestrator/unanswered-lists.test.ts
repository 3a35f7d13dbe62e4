import type { ListedItem } from "@fairlead/mcp";
import { expect, onTestFinished, test, vi } from "vitest";
import { createMemoryServers, type MemoryProcess, type Received } from "../test-support/memory-servers.js";
import { createAgent, createPoolScene } from "../test-support/pool-scene.js";

const isList = ({ method }: Received): boolean => method === "tools/list";
const listed = (...names: string[]): object => ({ result: { tools: names.map((name) => ({ name })) } });

/** A server that is up, and answers lists for as long as the test lets it. From here on time is the test's. */
async function setScene() {
  const scene = createPoolScene();
  const state = { isSilent: true };
  const servers = createMemoryServers({ answer: () => (state.isSilent ? undefined : listed("old")) });
  const agent = createAgent("a");
  const server = scene.pool.attach(servers.define({ startupTimeoutMs: 60_000 }), agent);
  await server.ready();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  return Object.assign(scene, { state, agent, server, process: await servers.started(1) });
}

/** Answers the reading of a list that was left open. */
function answer(process: MemoryProcess, at: number, ...names: string[]): void {
  process.say({ id: process.calls("tools/list")[at]?.id, ...listed(...names) });
}

function namesOf(items: readonly ListedItem[] | undefined): unknown {
  return items?.map(({ name }) => name);
}

test("a list that a server does not give is waited for as long as was asked, and told once it is there", async () => {
  await using scene = await setScene();
  let isOver = false;
  const showing = scene.server.listNow("tools/list", 5_000).finally(() => (isOver = true));
  await scene.process.next(isList);
  await vi.advanceTimersByTimeAsync(4_999);
  expect(isOver).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(await showing).toBeUndefined();
  expect(scene.agent.listChanges).toEqual([]);
  answer(scene.process, 0, "new");
  await scene.event("list-changed");
  expect(scene.agent.listChanges).toEqual(["tools/list"]);
  expect(namesOf(await scene.server.listNow("tools/list", 5_000))).toEqual(["new"]);
});

test("a list that a server said has changed is given as it was where the server does not give it", async () => {
  await using scene = await setScene();
  scene.state.isSilent = false;
  expect(namesOf(await scene.server.listNow("tools/list", 30_000))).toEqual(["old"]);
  scene.state.isSilent = true;
  scene.process.say({ method: "notifications/tools/list_changed" });
  await scene.event("list-changed");
  const showing = scene.server.listNow("tools/list", 30_000);
  await vi.waitFor(() => expect(scene.process.calls("tools/list")).toHaveLength(2));
  await vi.advanceTimersByTimeAsync(2_000);
  expect(namesOf(await showing)).toEqual(["old"]);
  answer(scene.process, 1, "new");
  await scene.event("list-changed", 2);
  expect(scene.agent.listChanges).toEqual(["tools/list"]);
});

test("a list that is only looked up in is waited for shortly, and not again before the server has answered", async () => {
  await using scene = await setScene();
  const first = scene.server.listNow("tools/list", 30_000, "look-up");
  await scene.process.next(isList);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await first).toBeUndefined();
  const second = scene.server.listNow("tools/list", 30_000, "look-up");
  await vi.advanceTimersByTimeAsync(1);
  expect(await second).toBeUndefined();
  answer(scene.process, 0, "new");
  const third = scene.server.list("tools/list");
  expect(namesOf(await third)).toEqual(["new"]);
  expect(scene.agent.listChanges).toEqual([]);
  expect(scene.process.calls("tools/list")).toHaveLength(1);
});
