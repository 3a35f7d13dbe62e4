import {
  createHandMadeServer,
  type HandMadeServer,
  type HttpFront,
  startHttpFront,
  waitUntil,
} from "@fairlead/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { executorTable, startDaemon } from "../failures/support/executor-daemon.js";
import { expectNothingLeft } from "../failures/support/expect-failure.js";
import { createScene, type Scene } from "../failures/support/scene.js";
import { connectAgent, failingCall } from "../start-failures/support/sdk-agent.js";
import { httpTable } from "./support/http-table.js";

let scene: Scene;
let front: HttpFront;
let server: HandMadeServer;
beforeEach(async () => {
  server = createHandMadeServer();
  scene = await createScene();
  front = await startHttpFront({ behind: server.handle });
});
afterEach(async () => {
  await front[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});

const call = { name: "web__echo", arguments: {} };
const called = { content: [{ type: "text", text: "called" }] };

test("a server that forgot its sessions is greeted anew, and nobody notices", async () => {
  await scene.configure(httpTable("web", front.url(), ['protocol = "legacy"']));
  const agent = await connectAgent(scene);
  expect(await agent.client.callTool(call)).toMatchObject(called);
  server.expireSessions();
  expect(await agent.client.callTool(call)).toMatchObject(called);
  await agent.close();
  expect(front.requests.filter(({ rpc }) => rpc?.method === "initialize")).toHaveLength(2);
  await expectNothingLeft(scene);
});

test("a server that was down is reached again by the next call", async () => {
  await scene.configure(httpTable("web", front.url(), ['protocol = "legacy"']));
  const down = front.intercept({
    when: () => true,
    answer: (_, response) => void response.destroy(),
  });
  const agent = await connectAgent(scene);
  const failed = await failingCall(agent, "web__echo");
  expect(failed.fairlead).toMatchObject({ code: "unavailable", details: { failure: "unreachable" } });
  down();
  expect(await agent.client.callTool(call)).toMatchObject(called);
  await agent.close();
  await expectNothingLeft(scene);
});

/** Calls a tool with this hint, whose first call gets no answer. @returns what came of it, and how often it was called */
async function callUnanswered(hint: string): Promise<readonly [outcome: unknown, calls: number]> {
  const tool = { name: "echo", inputSchema: { type: "object" }, annotations: { [hint]: true } };
  server.on("tools/list", () => JSON.stringify({ tools: [tool] }));
  await scene.configure(httpTable("web", front.url(), ['protocol = "legacy"']));
  const agent = await connectAgent(scene);
  await agent.client.listTools();
  front.intercept({
    when: ({ rpc }) => rpc?.method === "tools/call",
    times: 1,
    answer: (_, response) => void response.destroy(),
  });
  const outcome: unknown = await agent.client.callTool(call).catch((error: unknown) => error);
  await agent.close();
  return [outcome, front.requests.filter(({ rpc }) => rpc?.method === "tools/call").length];
}

test.each(["readOnlyHint", "idempotentHint"])(
  "a call that got no answer is made again where its tool says %s",
  async (hint) => {
    expect(await callUnanswered(hint)).toMatchObject([called, 2]);
  },
);

test("a call that got no answer is not made again where its tool says nothing of that kind", async () => {
  const [outcome, calls] = await callUnanswered("destructiveHint");
  expect(outcome).toMatchObject({ data: { fairlead: { code: "unavailable" } } });
  expect(calls).toBe(1);
});

test("its session ends with the agent", async () => {
  await scene.configure(httpTable("web", front.url(), ['protocol = "legacy"']));
  const agent = await connectAgent(scene);
  expect(await agent.client.callTool(call)).toMatchObject(called);
  await agent.close();
  const ended = await front.nextRequest(({ method }) => method === "DELETE");
  expect(ended.headers["mcp-session-id"]).toBeTruthy();
  await expectNothingLeft(scene);
});

test("an executor that was killed and started again reaches it for the agent that stayed", async () => {
  const first = await startDaemon(scene);
  const more = ['protocol = "legacy"', 'executor = "far"'];
  await scene.configure(httpTable("web", front.url(), more) + executorTable("far", first));
  const agent = await connectAgent(scene);
  expect(await agent.client.callTool(call)).toMatchObject(called);
  first.kill("SIGKILL");
  await first.exited;
  const failed = await failingCall(agent, "web__echo");
  expect(failed.fairlead).toMatchObject({ code: "unavailable" });
  await using _second = await startDaemon(scene);
  // When the lost session is given up shows in nothing but the calls.
  const answer = await waitUntil(() => agent.client.callTool(call).catch(() => undefined), {
    withinMs: 15_000,
    what: "A call through the new executor",
  });
  expect(answer).toMatchObject(called);
  await agent.close();
});
