import { waitUntil } from "@fairlead/testkit";
import { InMemoryTaskStore } from "@modelcontextprotocol/sdk/experimental/tasks";
import {
  type CallToolResult,
  CallToolResultSchema,
  type ElicitRequest,
  ElicitRequestSchema,
  type ElicitResult,
  ListRootsRequestSchema,
  type Root,
} from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { maskRandom } from "./support/mask.js";
import { everythingServer } from "./support/real-servers.js";
import { type WayName, wayNames } from "./support/three-ways.js";
import { openV1Ways, type V1Way, type V1Ways } from "./support/v1-ways.js";

/** What the people at the clients answer, and what they were asked. */
let answer: ElicitResult;
let roots: Root[];
const asked = new Map<WayName, ElicitRequest["params"][]>();

let ways: V1Ways;
beforeAll(async () => {
  ways = await openV1Ways({
    server: () => everythingServer(),
    clientOptions: () => ({
      capabilities: {
        roots: { listChanged: true },
        elicitation: { form: {}, url: {} },
        tasks: { requests: { elicitation: { create: {} } } },
      },
      taskStore: new InMemoryTaskStore(),
    }),
    prepare: (client, way) => {
      client.setRequestHandler(ListRootsRequestSchema, async () => ({ roots }));
      client.setRequestHandler(ElicitRequestSchema, async ({ params }, { taskStore }) => {
        asked.get(way)?.push(params);
        if (params.task === undefined || taskStore === undefined) return answer;
        const task = await taskStore.createTask({ ttl: 60_000 });
        await taskStore.storeTaskResult(task.taskId, "completed", answer);
        return { task };
      });
    },
  });
});
afterAll(async () => ways[Symbol.asyncDispose]());
beforeEach(() => {
  answer = { action: "decline" };
  roots = [{ uri: "file:///srv/work", name: "work" }, { uri: "file:///srv/ä%20b" }];
  for (const way of wayNames) asked.set(way, []);
});

async function callOver({ client, exposed }: V1Way, name: string, args = {}): Promise<CallToolResult> {
  return (await client.callTool({ name: exposed(name), arguments: args })) as CallToolResult;
}

/** Calls over every way, and gives the result and what the people were asked meanwhile. */
async function callAndAnswer(name: string, args?: object): Promise<{ text: string; questions: unknown[] }> {
  return ways.sameAnswer(async (way) => {
    const { content } = await callOver(way, name, args);
    // Without an id of ours the server makes one up.
    return maskRandom({ text: JSON.stringify(content), questions: asked.get(way.way) ?? [] });
  });
}

describe("elicitation", () => {
  test.each<[string, ElicitResult, string]>([
    [
      "accepted",
      { action: "accept", content: { name: "Ada", integer: 7, number: 1.5, check: true } },
      "Favorite Integer: 7",
    ],
    ["declined", { action: "decline" }, "User declined"],
    ["cancelled", { action: "cancel" }, "User cancelled"],
  ])("a form reaches the client whole, and its answer the server: %s", async (_, given, expected) => {
    answer = given;
    const { text, questions } = await callAndAnswer("trigger-elicitation-request");
    expect(text).toContain(expected);
    expect(questions).toMatchObject([{ requestedSchema: { required: ["name"] } }]);
  });

  test("a URL to open reaches the client", async () => {
    answer = { action: "accept" };
    const args = { url: "https://example.invalid/a?b=ä", elicitationId: "id-1", message: "Open it" };
    const { text, questions } = await callAndAnswer("trigger-url-elicitation", args);
    expect(text).toContain("completed the URL elicitation flow");
    expect(questions).toMatchObject([{ mode: "url", ...args }]);
  });

  test("the error that asks for a URL first keeps its code and data", async () => {
    const args = { url: "https://example.invalid/first", errorPath: true };
    const refused = ways.sameAnswer(async (way) => {
      try {
        return await callOver(way, "trigger-url-elicitation", args);
      } catch (thrown) {
        // The id of the prerequisite is drawn at random.
        const { code, message, data } = thrown as { code: number; message: string; data: unknown };
        throw Object.assign(new Error(message), maskRandom({ code, data }));
      }
    });
    await expect(refused).rejects.toMatchObject({
      code: -32_042,
      data: { elicitations: [{ mode: "url", url: "https://modelcontextprotocol.io" }] },
    });
  });
});

describe("roots", () => {
  test("the server is told the client's roots", async () => {
    const { content } = await ways.sameAnswer((way) => callOver(way, "get-roots-list"));
    expect(JSON.stringify(content)).toContain("Current MCP Roots (2 total)");
    expect(JSON.stringify(content)).toContain("file:///srv/ä%20b");
  });

  test("and told again when they change", async () => {
    roots = [{ uri: "file:///elsewhere", name: "new" }];
    const { content } = await ways.sameAnswer(async (way) => {
      const from = way.notifications.length;
      await way.client.sendRootsListChanged();
      await waitUntil(
        () => JSON.stringify(way.notifications.slice(from)).includes("Roots updated: 1 root(s)"),
        {
          withinMs: 3_000,
          what: "The server's word that it has the new roots",
        },
      );
      return callOver(way, "get-roots-list");
    });
    expect(JSON.stringify(content)).toContain("Current MCP Roots (1 total)");
  });
});

describe("tasks", () => {
  test("the server follows a question that the client turned into a task", async () => {
    answer = { action: "accept", content: { name: "Ada", favoriteColor: "Blue" } };
    const { text, questions } = await callAndAnswer("trigger-elicitation-request-async");
    expect(text).toContain("[COMPLETED] User provided the requested information!");
    expect(questions).toMatchObject([{ task: { ttl: 600_000 } }]);
  });

  test("the client follows a call that the server turned into a task, and is asked meanwhile", async () => {
    answer = { action: "accept", content: { interpretation: "snake" } };
    const { stages, result, questions } = await ways.sameAnswer(async (way) => {
      const params = {
        name: way.exposed("simulate-research-query"),
        arguments: { topic: "Python", ambiguous: true },
      };
      const stream = way.client.experimental.tasks.requestStream(
        { method: "tools/call", params },
        CallToolResultSchema,
        { task: { ttl: 60_000 } },
      );
      const stages: string[] = [];
      let result: unknown;
      for await (const message of stream) {
        stages.push(message.type);
        if (message.type === "result") result = message.result;
        if (message.type === "error") throw message.error;
      }
      // How often the client asked for the status is a matter of milliseconds; task ids are drawn at random.
      const distinct = stages.filter((stage, index) => stage !== stages[index - 1]);
      return maskRandom({ stages: distinct, result, questions: asked.get(way.way) ?? [] });
    });
    expect(stages).toEqual(["taskCreated", "taskStatus", "result"]);
    expect(JSON.stringify(result)).toContain("Research Report: Python (snake)");
    expect(questions).toHaveLength(1);
  });
});

test("a client that can answer is offered the tools that ask, the same over every way", async () => {
  const names = await ways.sameAnswer(async ({ client, raw }) => {
    const { tools } = await client.listTools();
    return tools.map(({ name }) => raw(name));
  });
  for (const name of ["get-roots-list", "trigger-elicitation-request", "trigger-elicitation-request-async"]) {
    expect(names).toContain(name);
  }
  expect(names).toContain("trigger-url-elicitation");
  expect(names).not.toContain("trigger-sampling-request");
});

test("the server sends nothing that the client cannot place", () => {
  for (const { complaints, way } of ways.all) expect({ way, complaints }).toEqual({ way, complaints: [] });
});
