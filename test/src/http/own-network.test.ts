import { listAll } from "@fairlead/mcp";
import { createTempFolder, waitUntil } from "@fairlead/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { launchReader } from "../link/support/launch-reader.js";
import { createDisposeStack, type DisposeStack } from "../servers/support/dispose-stack.js";
import { startTestExecutor } from "../servers/support/start-test-executor.js";
import { script } from "./support/http-servers.js";
import { findIsolation, type Isolation } from "./support/isolation.js";
import { connectTo, openThisMachine, type Place } from "./support/places.js";
import { failureOf, reach } from "./support/reach.js";

// An executor in a network of its own: a server that listens there on loopback can be reached from nowhere else.
describe("a server that only the executor can reach", () => {
  let isolation: Isolation;
  let stack: DisposeStack;
  let there: Place;
  let here: Place;
  const urls: Record<string, string> = {};

  beforeAll(async () => {
    stack = createDisposeStack();
    isolation = await findIsolation();
    if (!isolation.isPossible) return;
    const folder = stack.use(await createTempFolder("fl-net-"));
    const hosts = await folder.write("hosts", "127.0.0.1 localhost inside.test\n169.254.169.254 trap.test\n");
    const executor = stack.use(await startTestExecutor({ wrapper: isolation.wrapper(hosts) }));
    const session = stack.use(await connectTo(executor.url));
    there = { fetch: session.fetch, pids: [executor.pid], [Symbol.asyncDispose]: () => Promise.resolve() };
    here = stack.use(await openThisMachine());
    for (const args of [["sdk-v1-server.mjs"], ["sdk-v2-server.mjs", "--legacy", "sessions"]]) {
      const [name = "", ...flags] = args;
      const reader = await launchReader(session, [process.execPath, script(name), ...flags]);
      const line = await waitUntil(() => /^\{"url":"([^"]+)"/.exec(reader.text), {
        withinMs: 15_000,
        what: () => `The URL of ${name}: ${reader.stderr}`,
      });
      urls[name] = line[1] ?? "";
    }
  });
  afterAll(async () => stack[Symbol.asyncDispose]());
  beforeEach((context) => {
    if (!isolation.isPossible) context.skip(isolation.why);
  });

  test.each([
    ["sdk-v1-server.mjs", "auto", "2025-11-25"],
    ["sdk-v2-server.mjs", "legacy", "2025-11-25"],
    ["sdk-v2-server.mjs", "auto", "2026-07-28"],
  ] as const)("works through it: %s, protocol %s", async (name, protocol, revision) => {
    await using reached = await reach(there, urls[name] ?? "", { protocol });
    expect(reached.connection.initializeResult.protocolVersion).toBe(revision);
    const { items } = await listAll(reached.connection, "tools/list");
    expect(items).toHaveLength(250);
    const steps: number[] = [];
    const slow = { name: "slow", arguments: { steps: 3, interval_ms: 5 }, _meta: { progressToken: "p" } };
    await reached.result("tools/call", slow, {
      onProgress: (raw) =>
        void steps.push((JSON.parse(raw.toString("utf8")) as { progress: number }).progress),
    });
    expect(steps).toEqual([1, 2, 3]);
    const elicited = await reached.tool("elicit");
    expect(elicited.structuredContent).toMatchObject({ question: { action: "accept" } });
    await reached.result("resources/subscribe", { uri: "fixture://one" });
    await reached.tool("touch", { uri: "fixture://one" });
    await reached.untilTold(({ method }) => method === "notifications/resources/updated");
  });

  test.each(["sdk-v1-server.mjs", "sdk-v2-server.mjs"])(
    "is unreachable without it, and that is told: %s",
    async (name) => {
      const url = urls[name] ?? "";
      const failure = await failureOf(reach(here, url, { startupTimeoutMs: 10_000 }));
      expect(failure).toMatchObject({ code: "unavailable", reason: "connect_failed", effect: "none" });
      expect(failure.details["failure"]).toBe("unreachable");
      expect(failure.message).toContain(new URL(url).host);
    },
  );

  test("a name that only the executor knows is enough", async () => {
    const { port } = new URL(urls["sdk-v1-server.mjs"] ?? "");
    const url = `http://inside.test:${port}/mcp`;
    await using reached = await reach(there, url);
    expect((await reached.tool("echo", { text: "hi" })).content[0]?.text).toBe("hi");
    const failure = await failureOf(reach(here, url, { startupTimeoutMs: 10_000 }));
    expect([failure.reason, failure.details["failure"]]).toEqual(["dns_failed", "unreachable"]);
  });

  test("a name that leads to a metadata address leads nowhere", async () => {
    const failure = await failureOf(reach(there, "http://trap.test/mcp"));
    expect(failure).toMatchObject({ code: "forbidden", reason: "policy_denied", effect: "none" });
    expect(failure.details["failure"]).toBe("policy_denied");
  });

  test("the executor reaches nothing outside of its network", async () => {
    const failure = await failureOf(there.fetch("http://192.0.2.1/"));
    expect(failure).toMatchObject({ code: "unavailable", reason: "connect_failed" });
  });
});
