import { createDeferred, type Deferred, FairleadError } from "@fairlead/core";
import { afterEach, describe, expect, test } from "vitest";
import { createHost, type Host, type HostOptions } from "../orchestrator/host.js";
import type { HostEvent } from "../orchestrator/host-event.js";
import { createMemoryServers, type Received } from "../test-support/memory-servers.js";
import { nextTurn } from "../test-support/pool-scene.js";
import { type HostAgent, openAgent } from "./test-support/open-agent.js";

const hosts: Host[] = [];
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
});

function open(servers: HostOptions["servers"], onEvent?: (event: HostEvent) => void): Host {
  const host = createHost({ servers, version: "1", onEvent });
  hosts.push(host);
  return host;
}

const everything = {
  tools: [{ name: "t" }],
  prompts: [{ name: "p" }],
  resources: [{ uri: "file:///a", name: "a" }],
  resourceTemplates: [{ uriTemplate: "file:///{x}", name: "x" }],
  messages: [],
  contents: [{ uri: "file:///a", text: "x" }],
  completion: { values: [] },
  content: [],
};
const giveAll = (): object => ({ result: everything });

const requests: readonly (readonly [string, object])[] = [
  ["tools/call", { name: "memory__t" }],
  ["prompts/get", { name: "memory__p" }],
  ["resources/read", { uri: "file:///a" }],
  ["completion/complete", { ref: { type: "ref/prompt", name: "memory__p" }, argument: {} }],
  ["completion/complete", { ref: { type: "ref/resource", uri: "file:///{x}" }, argument: {} }],
  ["vendor/own", {}],
];

describe.each(["legacy", "modern"] as const)(
  "a reload with another launch cuts no request of a %s agent",
  (era) => {
    test.each(requests)("that waits for its server to start: %s %j", async (method, params) => {
      const start = createDeferred<void>();
      const servers = createMemoryServers({ beforeStart: () => start.promise, answer: giveAll });
      const host = open([servers.define({ instanceKey: "1" })]);
      const agent = openAgent(host);
      if (era === "legacy") await agent.initialize();
      const answer = era === "legacy" ? agent.request(method, params) : agent.modern(method, params);
      await nextTurn();
      host.reload([servers.define({ instanceKey: "2" })]);
      start.resolve();
      expect(await answer).toMatchObject({ result: {} });
      expect((await servers.started(1)).calls(method)).toHaveLength(1);
    });
  },
);

test("a subscription that is made while a reload replaces its server is made at the new one too", async () => {
  const start = createDeferred<void>();
  const servers = createMemoryServers({
    beforeStart: (number) => (number === 1 ? start.promise : undefined),
    answer: giveAll,
  });
  const host = open([servers.define({ instanceKey: "1" })]);
  const agent = openAgent(host);
  await agent.initialize();
  const answer = agent.request("resources/subscribe", { uri: "file:///a" });
  await nextTurn();
  host.reload([servers.define({ instanceKey: "2" })]);
  const [next] = await Promise.all([servers.started(1), nextTurn()]);
  start.resolve();
  expect(await answer).toMatchObject({ result: {} });
  await next.next(({ method }) => method === "resources/subscribe");
});

describe("what a legacy agent is subscribed to", () => {
  const isSubscription = ({ method }: Received): boolean => method === "resources/subscribe";
  const updates = ({ told }: HostAgent): unknown[] =>
    told.messages.flatMap(({ method, params }) =>
      method === "notifications/resources/updated" ? [params] : [],
    );

  test.each(["all", "client"] as const)("is subscribed to at a new copy (share = %s)", async (share) => {
    const servers = createMemoryServers({ answer: giveAll });
    const definition = (instanceKey: string) => servers.define({ share, instanceKey });
    const host = open([definition("1")]);
    const agent = openAgent(host);
    await agent.initialize();
    for (const uri of ["file:///a", "file:///b"]) await agent.request("resources/subscribe", { uri });
    await agent.request("resources/unsubscribe", { uri: "file:///b" });
    host.reload([definition("2")]);
    const next = await servers.started(2);
    expect((await next.next(isSubscription)).params).toEqual({ uri: "file:///a" });
    await nextTurn();
    expect(next.calls("resources/subscribe")).toHaveLength(1);
    // It may have changed between the two.
    expect(updates(agent)).toEqual([{ uri: "file:///a" }]);
    next.say({ method: "notifications/resources/updated", params: { uri: "file:///a" } });
    expect(updates(agent)).toHaveLength(2);
    // A crash is the orchestrator's to mend, and is not mended twice.
    await agent.request("resources/unsubscribe", { uri: "file:///a" });
    host.reload([definition("3")]);
    await (await servers.started(3)).next(({ method }) => method === "notifications/initialized");
    await agent.request("resources/read", { uri: "file:///a" });
    expect((await servers.started(3)).calls("resources/subscribe")).toEqual([]);
  });

  test("is not subscribed to twice when its copy is only started again", async () => {
    const ready: Deferred<void>[] = [createDeferred(), createDeferred()];
    const servers = createMemoryServers({ answer: giveAll });
    let starts = 0;
    const host = open([servers.define({ instanceKey: "1" })], ({ type }) => {
      if (type === "ready") ready[starts++]?.resolve();
    });
    const agent = openAgent(host);
    await agent.initialize();
    await agent.request("resources/subscribe", { uri: "file:///a" });
    await host.restart("memory");
    await ready[1]?.promise;
    await agent.request("resources/read", { uri: "file:///a" });
    expect((await servers.started(2)).calls("resources/subscribe")).toHaveLength(1);
  });
});

test("a legacy agent unsubscribes at the server that agreed to tell it, also if another one may own the resource by now", async () => {
  let isDown = true;
  const giveNone = (): object => ({ result: { resources: [], resourceTemplates: [] } });
  const first = createMemoryServers({
    answer: giveNone,
    beforeStart: () => {
      if (isDown) throw new FairleadError("unavailable", "It is down", { reason: "program_not_found" });
    },
  });
  const second = createMemoryServers({ answer: giveNone });
  const host = open([first.define({ name: "first" }), second.define({ name: "second" })]);
  const agent = openAgent(host);
  await agent.initialize();
  expect(await agent.request("resources/subscribe", { uri: "file:///a" })).toMatchObject({ result: {} });
  isDown = false;
  await host.restart("first");
  expect(await agent.request("resources/unsubscribe", { uri: "file:///a" })).toMatchObject({ result: {} });
  const [late, agreed] = await Promise.all([first.started(1), second.started(1)]);
  expect(agreed.calls("resources/unsubscribe").map(({ params }) => params)).toEqual([{ uri: "file:///a" }]);
  expect(late.calls("resources/unsubscribe")).toEqual([]);
});

describe("the end of a session", () => {
  test.each(["a start", "a list"])(
    "does not wait for %s at a copy that a reload has replaced",
    async (what) => {
      const servers = createMemoryServers({
        beforeStart: (number) =>
          what === "a start" && number === 1 ? new Promise<void>(() => {}) : undefined,
        answer: ({ method }, { number }) =>
          what === "a list" && method === "tools/list" && number === 1 ? undefined : giveAll(),
      });
      const host = open([servers.define({ instanceKey: "1" })]);
      const agent = openAgent(host);
      await agent.initialize();
      if (what === "a list") {
        void agent.request("tools/list");
        await (await servers.started(1)).next(({ method }) => method === "tools/list");
      }
      host.reload([servers.define({ instanceKey: "2" })]);
      await agent.session.close({ termGraceMs: 3 });
      expect(servers.runningCount).toBe(0);
      const stops = servers.processes.flatMap((process) => process.stops);
      expect(stops).toEqual(servers.processes.map(() => ({ termGraceMs: 3 })));
    },
  );
});

test("a restart does not bring back the launch that a reload has replaced, while its last call is finished", async () => {
  const silent = ({ method }: Received): object | undefined =>
    method === "tools/call" ? undefined : giveAll();
  const [old, now] = [createMemoryServers({ answer: silent }), createMemoryServers({ answer: silent })];
  const host = open([old.define({ instanceKey: "1" })]);
  const agent = openAgent(host);
  await agent.initialize();
  const answer = agent.request("tools/call", { name: "memory__t" });
  const process = await old.started(1);
  const { id } = await process.next(({ method }) => method === "tools/call");
  host.reload([now.define({ instanceKey: "2" })]);
  await (await now.started(1)).next(({ method }) => method === "notifications/initialized");
  await nextTurn();
  await host.restart("memory");
  expect([old.processes.length, now.processes.length]).toEqual([1, 2]);
  process.say({ id, result: { content: [] } });
  expect(await answer).toMatchObject({ result: { content: [] } });
});

test("a shared server that a reload takes away, or launches otherwise, does not outlive its last call", async () => {
  const servers = createMemoryServers({ answer: giveAll });
  const definition = (instanceKey: string) => servers.define({ share: "all", instanceKey });
  const host = open([definition("1")]);
  const agent = openAgent(host);
  await agent.initialize();
  await agent.request("tools/list");
  host.reload([definition("2")]);
  await agent.request("tools/list");
  await nextTurn();
  expect(servers.processes.map(({ isRunning }) => isRunning)).toEqual([false, true]);
  host.reload([]);
  await nextTurn();
  expect(servers.runningCount).toBe(0);
});
