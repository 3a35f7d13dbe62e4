import { waitUntil } from "@fairlead/testkit";
import type { ElicitResult } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { maskRandom } from "../servers/support/mask.js";
import { everythingServer } from "../servers/support/real-servers.js";
import { openThreeWays, type ThreeWays } from "../servers/support/three-ways.js";
import { connectV2, type V2End } from "../servers/support/v2-client.js";

// The official SDK v2 client in its default mode: a handshake, and the server may ask. It checks answers more strictly
// than v1 does.
let answer: ElicitResult = { action: "decline" };
let ways: ThreeWays<V2End>;
beforeAll(async () => {
  ways = await openThreeWays(
    () => everythingServer(),
    (launch) =>
      connectV2(
        launch,
        { capabilities: { elicitation: { form: {} }, roots: {} } },
        {
          prepare: (client) => {
            client.setRequestHandler("elicitation/create", async () => answer);
            client.setRequestHandler("roots/list", async () => ({
              roots: [{ uri: "file:///srv", name: "srv" }],
            }));
          },
        },
      ),
  );
});
afterAll(async () => ways[Symbol.asyncDispose]());

test("the handshake is of the legacy era", () => {
  for (const { client, way } of ways.all) {
    expect([way, client.getProtocolEra()]).toEqual([way, "legacy"]);
    expect([way, client.getNegotiatedProtocolVersion()]).toEqual([way, "2025-11-25"]);
  }
});

test("the lists are the same but for the names", async () => {
  const lists = await ways.sameAnswer(async ({ client, raw }) => ({
    tools: (await client.listTools()).tools.map((tool) => ({ ...tool, name: raw(tool.name) })),
    prompts: (await client.listPrompts()).prompts.map((prompt) => ({ ...prompt, name: raw(prompt.name) })),
    resources: await client.listResources(),
    templates: await client.listResourceTemplates(),
  }));
  expect(lists.tools.length).toBeGreaterThan(12);
  expect(lists.prompts).toHaveLength(4);
});

describe("answers are the same", () => {
  test.each<[string, Record<string, unknown>]>([
    ["echo", { message: "é 🜁" }],
    ["get-structured-content", { location: "Chicago" }],
    ["get-tiny-image", {}],
    ["get-resource-reference", { resourceType: "Blob", resourceId: 1 }],
    ["get-roots-list", {}],
    ["get-sum", { a: "no number" }],
  ])("of the tool %s %j", async (tool, args) => {
    const result = await ways.sameAnswer(
      ({ client, exposed }) => client.callTool({ name: exposed(tool), arguments: args }),
      // The server writes the time of day into resources.
      maskRandom,
    );
    expect(result.content.length).toBeGreaterThan(0);
  });

  test("of prompts, resources and completion", async () => {
    await ways.sameAnswer(({ client, exposed }) =>
      client.getPrompt({ name: exposed("args-prompt"), arguments: { city: "Bern" } }),
    );
    const uri = "demo://resource/static/document/features.md";
    await ways.sameAnswer(({ client }) => client.readResource({ uri }));
    const { completion } = await ways.sameAnswer(({ client, exposed }) =>
      client.complete({
        ref: { type: "ref/prompt", name: exposed("completable-prompt") },
        argument: { name: "department", value: "M" },
      }),
    );
    expect(completion.values).toEqual(["Marketing"]);
  });

  test("of refusals", async () => {
    const asked = ways.sameAnswer(({ client }) => client.readResource({ uri: "demo://none" }));
    await expect(asked).rejects.toMatchObject({ code: expect.any(Number) });
  });
});

test("questions of the server are answered", async () => {
  answer = { action: "accept", content: { name: "Ada" } };
  const result = await ways.sameAnswer(({ client, exposed }) =>
    client.callTool({ name: exposed("trigger-elicitation-request") }),
  );
  expect(JSON.stringify(result)).toContain("- Name: Ada");
});

test("progress comes, and a call can be taken back", async () => {
  const steps = await ways.sameAnswer(async ({ client, exposed }) => {
    const abort = new AbortController();
    const steps: number[] = [];
    const call = client.callTool(
      { name: exposed("trigger-long-running-operation"), arguments: { duration: 30, steps: 300 } },
      {
        signal: abort.signal,
        onprogress: ({ progress }) => {
          steps.push(progress);
          if (progress === 2) abort.abort("enough");
        },
      },
    );
    await expect(call).rejects.toThrow("enough");
    return steps;
  });
  expect(steps).toEqual([1, 2]);
});

test("updates come for what was subscribed to", async () => {
  const uri = "demo://resource/dynamic/text/1";
  const update = await ways.sameAnswer(async ({ client, exposed, notifications }) => {
    await client.subscribeResource({ uri });
    await client.callTool({ name: exposed("toggle-subscriber-updates") });
    const update = await waitUntil(
      () => notifications.find(({ method }) => method === "notifications/resources/updated"),
      { withinMs: 3_000, what: "The update" },
    );
    await client.callTool({ name: exposed("toggle-subscriber-updates") });
    await client.unsubscribeResource({ uri });
    return update;
  });
  expect(update.params).toEqual({ uri });
});

test("the server sends nothing that the client cannot place, but for steps of the call that was taken back", () => {
  for (const { complaints, way } of ways.all) {
    const others = complaints.filter(
      ({ message }) => !message.includes("progress notification for an unknown token"),
    );
    expect({ way, others }).toEqual({ way, others: [] });
  }
});
