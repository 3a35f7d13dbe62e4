import { waitUntil } from "@fairlead/testkit";
import type { CallToolResult, LoggingLevel, Notification } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { everythingServer } from "./support/real-servers.js";
import { openV1Ways, type V1Way, type V1Ways } from "./support/v1-ways.js";

let ways: V1Ways;
beforeAll(async () => {
  ways = await openV1Ways({ server: () => everythingServer() });
});
afterAll(async () => ways[Symbol.asyncDispose]());

const longRunning = "trigger-long-running-operation";

async function call({ client, exposed }: V1Way, name: string): Promise<CallToolResult> {
  return (await client.callTool({ name: exposed(name) })) as CallToolResult;
}

/** Waits for the first notification after `from` that matches. */
function nextNotification(
  way: V1Way,
  from: number,
  matches: (note: Notification) => boolean,
): Promise<Notification> {
  return waitUntil(() => way.notifications.slice(from).find(matches), {
    withinMs: 3_000,
    what: () => `The notification (${way.way} has ${JSON.stringify(way.notifications.slice(from))})`,
  });
}

// Level and text of the simulated messages are drawn at random.
function isSimulated({ method, params }: Notification): boolean {
  return method === "notifications/message" && /level.message/.test(String(params?.["data"]));
}

function isUpdate({ method }: Notification): boolean {
  return method === "notifications/resources/updated";
}

/** Sets a level, and gives the first simulated message that then comes. */
async function startLogging(way: V1Way, level: LoggingLevel): Promise<Notification> {
  await way.client.setLoggingLevel(level);
  const from = way.notifications.length;
  await call(way, "toggle-simulated-logging");
  try {
    return await nextNotification(way, from, isSimulated);
  } finally {
    await call(way, "toggle-simulated-logging");
  }
}

// This client handles a result before notifications that came in the same chunk, so the last steps may be lost to it in
// every way; that they are sent is tested without an SDK in passthrough-traffic.test.ts.
describe("progress", () => {
  test("the steps arrive, in order", async () => {
    const first = await ways.sameAnswer(async ({ client, exposed, way }) => {
      const steps: unknown[] = [];
      const args = { name: exposed(longRunning), arguments: { duration: 0.4, steps: 4 } };
      await client.callTool(args, undefined, { onprogress: (progress) => steps.push(progress) });
      expect(steps, way).toEqual(steps.map((_, index) => ({ progress: index + 1, total: 4 })));
      return steps[0];
    });
    expect(first).toEqual({ progress: 1, total: 4 });
  });

  test("calls at the same time do not mix up theirs", async () => {
    const totals = await ways.sameAnswer(async ({ client, exposed }) =>
      Promise.all(
        [2, 3, 5].map(async (steps) => {
          const totals: unknown[] = [];
          const args = { name: exposed(longRunning), arguments: { duration: 0.1, steps } };
          await client.callTool(args, undefined, { onprogress: ({ total }) => totals.push(total) });
          return totals.slice(0, steps - 1);
        }),
      ),
    );
    expect(totals).toEqual([[2], [3, 3], [5, 5, 5, 5]]);
  });
});

describe("cancellation", () => {
  test("a call that is taken back ends at once, is never answered, and disturbs no other", async () => {
    const answer = await ways.sameAnswer(async ({ client, exposed }) => {
      const abort = new AbortController();
      const slow = { name: exposed(longRunning), arguments: { duration: 0.6, steps: 3 } };
      const other = client.callTool(slow);
      const taken = client.callTool(slow, undefined, {
        signal: abort.signal,
        // By the first step the call is under way at the server.
        onprogress: () => abort.abort("no longer wanted"),
      });
      await expect(taken).rejects.toThrow("no longer wanted");
      return ((await other) as CallToolResult).content;
    });
    expect(JSON.stringify(answer)).toContain("Long running operation completed");
  });

  test("a call that times out at the client is taken back too", async () => {
    await ways.sameAnswer(async ({ client, exposed }) => {
      const slow = { name: exposed(longRunning), arguments: { duration: 0.5, steps: 1 } };
      await expect(client.callTool(slow, undefined, { timeout: 100 })).rejects.toMatchObject({
        code: -32001,
      });
    });
  });
});

describe("logging", () => {
  test("messages arrive once a level is set", async () => {
    const logged = await ways.sameAnswer(async (way) => {
      const { method, params } = await startLogging(way, "debug");
      return { method, keys: Object.keys(params ?? {}).toSorted() };
    });
    expect(logged).toEqual({ method: "notifications/message", keys: ["data", "level"] });
  });

  test("the server hears of the level: what is below it stays away", async () => {
    await ways.sameAnswer(async (way) => {
      const from = way.notifications.length;
      await way.client.setLoggingLevel("emergency");
      // The server logs every subscription at the level info.
      await way.client.subscribeResource({ uri: "demo://resource/dynamic/text/9" });
      await way.client.unsubscribeResource({ uri: "demo://resource/dynamic/text/9" });
      await way.client.ping();
      expect(way.notifications.slice(from)).toEqual([]);
      await way.client.setLoggingLevel("info");
      await way.client.subscribeResource({ uri: "demo://resource/dynamic/text/9" });
      await nextNotification(way, from, ({ method }) => method === "notifications/message");
      await way.client.unsubscribeResource({ uri: "demo://resource/dynamic/text/9" });
      return way.notifications.slice(from);
    });
  });

  test("an unknown level is refused", async () => {
    for (const { client, way } of ways.all) {
      const asked = client.setLoggingLevel("loud" as LoggingLevel);
      await expect(asked.catch((error: unknown) => ({ way, error }))).resolves.toMatchObject({
        way,
        // The server's SDK says "internal error" where the protocol asks for "invalid params".
        error: { code: way === "direct" ? -32_603 : -32_602 },
      });
    }
  });
});

describe("subscriptions", () => {
  const uri = "demo://resource/dynamic/text/1";

  test("updates arrive for what was subscribed to, and end with the subscription", async () => {
    const update = await ways.sameAnswer(async (way) => {
      await way.client.subscribeResource({ uri });
      const from = way.notifications.length;
      await call(way, "toggle-subscriber-updates");
      const update = await nextNotification(way, from, isUpdate);
      await call(way, "toggle-subscriber-updates");
      await way.client.unsubscribeResource({ uri });
      const afterwards = way.notifications.length;
      await call(way, "toggle-subscriber-updates");
      await call(way, "toggle-subscriber-updates");
      const late = way.notifications.slice(afterwards).filter(isUpdate);
      return { update, late: late.filter(({ params }) => params?.["uri"] === uri) };
    });
    expect(update).toMatchObject({ update: { params: { uri } }, late: [] });
  });
});

test("the server sends nothing that the client cannot place, but for steps of calls that are over", () => {
  for (const { complaints, way } of ways.all) {
    const others = complaints.filter(
      ({ message }) => !message.includes("progress notification for an unknown token"),
    );
    expect({ way, others }).toEqual({ way, others: [] });
  }
});
