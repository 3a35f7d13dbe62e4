import { createDeferred } from "@fairlead/core";
import { expect, test } from "vitest";
import { createHost } from "../orchestrator/host.js";
import type { HostEvent } from "../orchestrator/host-event.js";
import { createMemoryServers } from "../test-support/memory-servers.js";
import { keepStream } from "./test-support/open-session.js";

const mebibyte = 1024 * 1024;

/** An agent that speaks in lines, to a server whose answers have a mebibyte each. */
function connect(send: (bytes: Uint8Array) => Promise<void>) {
  const text = "x".repeat(mebibyte);
  const servers = createMemoryServers({ answer: () => ({ result: { text } }) });
  const events: HostEvent[] = [];
  const host = createHost({
    servers: [servers.define({ maxMessageBytes: 2 * mebibyte })],
    version: "1",
    maxMessageBytes: 2 * mebibyte,
    onEvent: (event) => events.push(event),
  });
  const channel = host.connectAgent({ server: "memory" }, send);
  const say = (message: object): void =>
    channel.push(Buffer.from(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`));
  say({
    id: 0,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "agent", version: "1" } },
  });
  return { host, channel, say, events };
}

test("an agent that reads too slowly is let go of with the reason, which is told as an event too", async () => {
  const { host, channel, say, events } = connect(() => new Promise(() => {}));
  await using _host = host;
  for (let id = 1; id <= 70; id += 1) say({ id, method: "prompts/get", params: { name: "p" } });
  const error = await channel.broken;
  expect(error).toMatchObject({ code: "resource_exhausted", reason: "egress_full" });
  expect(events.filter(({ type }) => type === "agent-evicted")).toEqual([
    { type: "agent-evicted", session: "agent-1", error },
  ]);
});

test("an agent that cannot be written to is let go of without a reason: it is gone", async () => {
  const { host, channel, events } = connect(() => Promise.reject(new Error("EPIPE")));
  await using _host = host;
  expect(await channel.broken).toBeUndefined();
  expect(events.some(({ type }) => type === "agent-evicted")).toBe(false);
});

test.each([
  ["no result", (id: string) => `{"jsonrpc":"2.0","id":"${id}"}`],
  ["half of one", (id: string) => `{"jsonrpc":"2.0","id":"${id}","result":{"action"`],
  ["more than is read", (id: string) => `{"id":"${id}","result":{"text":"${"x".repeat(mebibyte)}"}}`],
])(
  "a question that the agent answers with %s fails its call, and the agent is sent nothing for it",
  async (_what, toAnswer) => {
    const servers = createMemoryServers({ answer: () => ({ result: { tools: [{ name: "t" }] } }) });
    await using host = createHost({
      servers: [servers.define({ defaultApproval: "prompt" })],
      version: "1",
      maxMessageBytes: mebibyte,
    });
    const told = keepStream();
    const answered = createDeferred<void>();
    const channel = host.connectAgent({}, async (bytes) => {
      for (const line of Buffer.from(bytes).toString().trimEnd().split("\n")) {
        told.push(Buffer.from(line));
        const { id, method } = told.messages.at(-1) ?? {};
        if (method === "elicitation/create") channel.push(Buffer.from(`${toAnswer(String(id))}\n`));
        if (id === 2) answered.resolve();
      }
    });
    const say = (message: object): void => channel.push(Buffer.from(`${JSON.stringify(message)}\n`));
    const params = { protocolVersion: "2025-11-25", capabilities: { elicitation: {} } };
    say({ id: 1, method: "initialize", params });
    say({ id: 2, method: "tools/call", params: { name: "memory__t" } });
    await answered.promise;
    const withId = told.messages.filter(({ id }) => id !== undefined);
    expect(withId.map(({ id, method }) => method ?? id)).toEqual([1, "elicitation/create", 2]);
    expect(withId.at(-1)).toMatchObject({
      error: { message: expect.stringContaining("The agent's answer to elicitation/create is broken: it ") },
    });
    expect(servers.processes[0]?.calls("tools/call")).toEqual([]);
  },
);
