import { waitUntil } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HttpAgents, openHttpAgents, type V2HttpAgent } from "./support/open-http-agents.js";

// The official SDK v2 client against `fairlead serve --http`, in both eras on the same address.
const pinned = { versionNegotiation: { mode: { pin: "2026-07-28" } } } as const;
let agents: HttpAgents;
beforeAll(async () => {
  agents = await openHttpAgents();
}, 60_000);
afterAll(async () => agents?.[Symbol.asyncDispose]());

test("a client that leaves the era open ends up in the modern one", async () => {
  const { client } = await agents.connectV2({ versionNegotiation: { mode: "auto" } });
  expect(client.getProtocolEra()).toBe("modern");
  expect((await client.listTools()).tools.length).toBeGreaterThan(10);
});

describe.each([
  ["legacy", {}],
  ["modern", pinned],
] as const)("in the %s era", (era, options) => {
  let agent: V2HttpAgent;
  beforeAll(async () => {
    agent = await agents.connectV2(
      { ...options, capabilities: { elicitation: { form: {} } } },
      {
        prepare: (client) =>
          client.setRequestHandler("elicitation/create", async () => ({
            action: "accept",
            content: { name: "Ada" },
          })),
      },
    );
  }, 60_000);

  test("the client is where it wants to be", () => {
    expect(agent.client.getProtocolEra()).toBe(era);
    expect(agent.transport.sessionId === undefined).toBe(era === "modern");
  });

  test("calls are answered, many at once", async () => {
    const calls = Array.from({ length: 50 }, async (_, index) => {
      const { content } = await agent.client.callTool({
        name: "fix__echo",
        arguments: { text: `é ${index} \u2028` },
      });
      return content;
    });
    expect(await Promise.all(calls)).toEqual(
      calls.map((_, index) => [{ type: "text", text: `é ${index} \u2028` }]),
    );
  });

  test("progress comes before the answer, in order", async () => {
    const steps: number[] = [];
    await agent.client.callTool(
      { name: "fix__progress", arguments: { steps: 5, interval_ms: 5 } },
      { onprogress: ({ progress }) => steps.push(progress) },
    );
    expect(steps).toEqual([1, 2, 3, 4, 5]);
  });

  test("a call that is taken back is taken back at its server", async () => {
    const countCancelled = async (): Promise<number> => {
      const { structuredContent } = await agent.client.callTool({ name: "fix__cancelled" });
      return (structuredContent as { cancelled: unknown[] }).cancelled.length;
    };
    const before = await countCancelled();
    const abort = new AbortController();
    const call = agent.client.callTool(
      { name: "fix__sleep", arguments: { ms: 60_000 } },
      { signal: abort.signal },
    );
    call.catch(() => undefined);
    await agent.client.callTool({ name: "fix__echo", arguments: { text: "in between" } });
    abort.abort("enough");
    await expect(call).rejects.toThrow("enough");
    await waitUntil(async () => ((await countCancelled()) > before ? true : undefined), {
      withinMs: 3_000,
      what: "The cancellation",
    });
    expect(await countCancelled()).toBe(before + 1);
  });

  test("a question of a server is answered", async () => {
    const asked = await agent.client.callTool({ name: "ev__trigger-elicitation-request" });
    expect(JSON.stringify(asked)).toContain("Ada");
  });

  test("nothing came that the client cannot place", () => {
    expect(agent.complaints).toEqual([]);
  });
});

test("a modern client listens on a stream of its own, and ends it by closing it", async () => {
  const { client, notifications } = await agents.connectV2(pinned);
  const subscription = await client.listen({ toolsListChanged: true });
  expect(subscription.honoredFilter).toEqual({ toolsListChanged: true });
  await client.callTool({ name: "fix__notify-list-changed", arguments: { what: "tools" } });
  await waitUntil(() => notifications.some(({ method }) => method === "notifications/tools/list_changed"), {
    withinMs: 3_000,
    what: "The change",
  });
  await subscription.close();
  expect(await subscription.closed).toBe("local");
});
