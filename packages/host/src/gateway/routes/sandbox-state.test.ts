import { createDeferred } from "@fairlead/core";
import { afterEach, expect, test } from "vitest";
import { createHost, type Host } from "../../orchestrator/host.js";
import { createMemoryServers } from "../../test-support/memory-servers.js";
import { openAgent } from "../test-support/open-agent.js";

const method = "codex/sandbox-state/update";
const readOnly = { sandboxPolicy: { type: "read-only" } };
const hosts: Host[] = [];
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
});

/** A server that wants to be told the state, and waits with its start until the test lets it. */
function openBox() {
  const start = createDeferred<void>();
  const servers = createMemoryServers({
    beforeStart: () => start.promise,
    capabilities: { tools: {}, experimental: { "codex/sandbox-state": {} } },
    answer: (message) =>
      message.method === "tools/list" ? { result: { tools: [{ name: "t" }] } } : { result: {} },
  });
  const open = (settings: object, hostSettings: object = {}): Host => {
    const definition = servers.define({ name: "box", instanceKey: "k", ...settings });
    const host = createHost({ servers: [definition], version: "1", ...hostSettings });
    hosts.push(host);
    return host;
  };
  return { ...servers, start, open };
}

test("an agent's state is not taken as known by a shared server that starts later, which is then not called", async () => {
  const box = openBox();
  const host = box.open({ share: "all" });
  const agent = openAgent(host);
  await agent.initialize();
  const early = agent.request("tools/call", { name: "box__t" });
  expect(await agent.request(method, readOnly)).toMatchObject({ result: {} });
  box.start.resolve();
  const refused = {
    error: {
      message: expect.stringContaining("'box' is shared with other agents"),
      data: { fairlead: { code: "forbidden", details: { reason: "policy_denied" } } },
    },
  };
  expect(await early).toMatchObject(refused);
  expect(await agent.request("tools/call", { name: "box__t" })).toMatchObject(refused);
  expect(await agent.request(method, readOnly)).toMatchObject(refused);
  const process = await box.started(1);
  expect(process.calls("tools/call")).toEqual([]);
  expect(process.calls(method)).toEqual([]);
  // Who set no state of its own goes on with the one that all share.
  const other = openAgent(host);
  await other.initialize();
  expect(await other.request("tools/call", { name: "box__t" })).toMatchObject({ result: {} });
});

test("a copy that goes by the agent's state alone is told it, though others like it would be shared", async () => {
  for (const [settings, hostSettings] of [
    [{ share: "all" }, { hasSoleAgent: true }],
    [{ share: "all", forwardHeaders: ["x-user"] }, {}],
  ] as const) {
    const box = openBox();
    box.start.resolve();
    const agent = openAgent(box.open(settings, hostSettings));
    await agent.initialize();
    expect(await agent.request("tools/call", { name: "box__t" })).toMatchObject({ result: {} });
    expect(await agent.request(method, readOnly)).toMatchObject({ result: {} });
    expect(await agent.request("tools/call", { name: "box__t" })).toMatchObject({ result: {} });
    expect((await box.started(1)).calls(method)).toMatchObject([{ params: readOnly }]);
  }
});

test("a shared server that cannot go by the state keeps none of the others from it", async () => {
  const shared = openBox();
  const own = openBox();
  shared.start.resolve();
  own.start.resolve();
  const host = createHost({
    servers: [
      shared.define({ name: "shared", share: "all", instanceKey: "k" }),
      own.define({ name: "own", instanceKey: "o" }),
    ],
    version: "1",
  });
  hosts.push(host);
  const agent = openAgent(host);
  await agent.initialize();
  for (const name of ["shared__t", "own__t"]) await agent.request("tools/call", { name });
  expect(await agent.request(method, readOnly)).toMatchObject({
    error: { message: expect.stringContaining("'shared' is shared") },
  });
  expect((await own.started(1)).calls(method)).toMatchObject([{ params: readOnly }]);
  expect(await agent.request("tools/call", { name: "own__t" })).toMatchObject({ result: {} });
});
