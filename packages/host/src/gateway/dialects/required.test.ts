import { afterEach, expect, test } from "vitest";
import { createHost, type Host } from "../../orchestrator/host.js";
import { createMemoryServers } from "../../test-support/memory-servers.js";
import { openAgent } from "../test-support/open-agent.js";

let host: Host | undefined;
afterEach(() => host?.close());

test("a modern agent cannot begin without a required server, and goes on without it", async () => {
  let isBroken = true;
  const needed = createMemoryServers({
    beforeStart: () => {
      if (isBroken) throw new Error("It does not start");
    },
  });
  const other = createMemoryServers({
    answer: ({ method }) => ({ result: method === "tools/list" ? { tools: [{ name: "t" }] } : {} }),
  });
  host = createHost({
    servers: [needed.define({ name: "needed", required: true }), other.define({ name: "other" })],
    version: "1",
    restartTimes: { firstPauseMs: 1, longestPauseMs: 2 },
  });
  const agent = openAgent(host);
  const call = () => agent.modern("tools/call", { name: "other__t" });
  const refused = { error: { message: expect.stringContaining("Required servers cannot be started") } };
  expect(await call()).toMatchObject(refused);
  expect(await call()).toMatchObject(refused);
  isBroken = false;
  expect(await call()).toMatchObject({ result: {} });
  isBroken = true;
  needed.processes.at(-1)?.exit(1);
  expect(await call()).toMatchObject({ result: {} });
  expect(await agent.modern("tools/call", { name: "needed__t" })).toMatchObject({ error: {} });
  expect(await call()).toMatchObject({ result: {} });
});
