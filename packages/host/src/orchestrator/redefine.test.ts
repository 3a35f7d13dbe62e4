import { expect, test } from "vitest";
import { createMemoryServers, type Received } from "../test-support/memory-servers.js";
import { ask, createAgent, createPoolScene } from "../test-support/pool-scene.js";
import type { ServerDefinition } from "./server-definition.js";

const holdCalls = ({ method }: Received): object | undefined =>
  method === "tools/call" ? undefined : { result: {} };
const isCall = ({ method }: Received): boolean => method === "tools/call";

test("a hold goes on with filters and limits that are others than before, and the copy too", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers();
  const agent = createAgent("a");
  const server = scene.pool.attach(servers.define({ instanceKey: "k" }), agent);
  const connection = await server.ready();
  await ask(server, "resources/subscribe", { uri: "u:1" });
  const next = servers.define({ instanceKey: "k", disabledTools: ["rm"], maxLifetimeMs: 30 });
  expect(server.redefine(next)).toBe(true);
  expect([server.definition, server.connection, server.allowsTool("rm")]).toEqual([next, connection, false]);
  expect(servers.processes).toHaveLength(1);
  // It has run for longer than the new lifetime soon, and what was wished before is wished of the next one too.
  expect(await scene.event("stopped")).toMatchObject({ cause: "lifetime" });
  const process = await servers.started(2);
  await process.next(({ method }) => method === "resources/subscribe");
});

test("calls come one at a time from the moment on at which a definition says so", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers({ answer: holdCalls });
  const server = scene.pool.attach(servers.define({ instanceKey: "k" }), createAgent("a"));
  server.redefine(servers.define({ instanceKey: "k", supportsParallelToolCalls: false }));
  const calls = [ask(server, "tools/call", { name: "one" }), ask(server, "tools/call", { name: "two" })];
  const process = await servers.started(1);
  const first = await process.next(isCall);
  await ask(server, "ping");
  expect(process.calls("tools/call")).toHaveLength(1);
  process.say({ id: first.id, result: {} });
  const second = await process.next((message) => isCall(message) && message.id !== first.id);
  process.say({ id: second.id, result: {} });
  await Promise.all(calls);
});

test.each([
  ["another launch", { instanceKey: "other" }],
  ["no known launch", { instanceKey: undefined }],
  ["another policy of sharing", { instanceKey: "k", share: "all" }],
  ["other headers of the agent's own", { instanceKey: "k", forwardHeaders: ["x-user"] }],
] satisfies [string, Partial<ServerDefinition>][])("a hold does not go on with %s", async (_, settings) => {
  await using scene = createPoolScene();
  const servers = createMemoryServers();
  const definition = servers.define({ instanceKey: "k" });
  const server = scene.pool.attach(definition, createAgent("a"));
  expect(server.redefine(servers.define(settings))).toBe(false);
  expect(server.definition).toBe(definition);
});

test("a hold that was let go of is not taken up again", async () => {
  await using scene = createPoolScene();
  const servers = createMemoryServers();
  const server = scene.pool.attach(servers.define({ instanceKey: "k" }), createAgent("a"));
  await server.release();
  expect(server.redefine(servers.define({ instanceKey: "k" }))).toBe(false);
});
