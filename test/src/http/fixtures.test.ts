import { createHandMadeServer, forwardTo, type HttpProgram, startHttpFront } from "@fairlead/testkit";
import {
  Client as V2Client,
  StreamableHTTPClientTransport as V2Transport,
} from "@modelcontextprotocol/client";
import { Client as V1Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport as V1Transport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ElicitRequestSchema, ResourceUpdatedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { expect, test } from "vitest";
import { startEverythingServer, startSdkV1Server, startSdkV2Server } from "./support/http-servers.js";

// The servers of this suite, judged by clients that we did not write: what fails here says nothing about our client.

async function connectV1(url: string): Promise<V1Client & AsyncDisposable> {
  const client = new V1Client(
    { name: "judge", version: "1" },
    { capabilities: { elicitation: { form: {} } } },
  );
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: "accept", content: { name: "Ada" } }));
  const transport = new V1Transport(new URL(url));
  await client.connect(transport);
  return Object.assign(client, {
    [Symbol.asyncDispose]: async () => {
      await transport.terminateSession();
      await client.close();
    },
  });
}

async function connectV2(url: string, mode: "legacy" | { pin: string }): Promise<V2Client & AsyncDisposable> {
  const client = new V2Client(
    { name: "judge", version: "2" },
    { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode } },
  );
  client.setRequestHandler("elicitation/create", async () => ({
    action: "accept",
    content: { name: "Ada" },
  }));
  await client.connect(new V2Transport(new URL(url)));
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}

const legacyServers: readonly (readonly [string, () => Promise<HttpProgram>])[] = [
  ["SDK v1", startSdkV1Server],
  ["SDK v2 with sessions", () => startSdkV2Server("sessions")],
];

test.each(legacyServers)("the server of %s serves a client of SDK v1", async (_, start) => {
  await using server = await start();
  await using front = await startHttpFront({ behind: forwardTo(new URL(server.url).origin) });
  await using client = await connectV1(front.url());
  const first = await client.listTools();
  expect(first.tools).toHaveLength(100);
  const second = await client.listTools({ cursor: first.nextCursor });
  expect(second.nextCursor).toBe("200");
  const steps: number[] = [];
  const slow = { name: "slow", arguments: { steps: 5 } };
  await client.callTool(slow, undefined, { onprogress: ({ progress }) => void steps.push(progress) });
  expect(steps).toEqual([1, 2, 3, 4, 5]);
  const asked = await client.callTool({ name: "elicit", arguments: {} });
  expect(asked.structuredContent).toEqual({ question: { action: "accept", content: { name: "Ada" } } });
  const updated = new Promise((resolve) => {
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => resolve(params.uri));
  });
  await client.subscribeResource({ uri: "fixture://one" });
  await client.callTool({ name: "touch", arguments: { uri: "fixture://one" } });
  expect(await updated).toBe("fixture://one");
  const resumed = await client.callTool({ name: "close-stream", arguments: {} });
  expect(resumed.content).toEqual([{ type: "text", text: "after the stream was closed" }]);
  await front.nextRequest(({ method, headers }) => method === "GET" && "last-event-id" in headers);
});

test("the server of SDK v2 serves a modern client", async () => {
  await using server = await startSdkV2Server("reject");
  await using client = await connectV2(server.url, { pin: "2026-07-28" });
  const { tools } = await client.listTools();
  expect(tools).toHaveLength(250);
  const steps: number[] = [];
  const slow = { name: "slow", arguments: { steps: 3, interval_ms: 5 } };
  await client.callTool(slow, { onprogress: ({ progress }) => void steps.push(progress) });
  expect(steps).toEqual([1, 2, 3]);
  const asked = await client.callTool({ name: "elicit", arguments: {} });
  expect(asked.structuredContent).toEqual({ question: { action: "accept", content: { name: "Ada" } } });
});

test("the server of SDK v2 can be without state for the legacy era", async () => {
  await using server = await startSdkV2Server("stateless");
  await using client = await connectV2(server.url, "legacy");
  expect((await client.listTools()).tools).toHaveLength(250);
});

test("server-everything is reached over both transports", async () => {
  await using server = await startEverythingServer("streamableHttp");
  await using client = await connectV1(server.url);
  const { tools } = await client.listTools();
  await using old = await startEverythingServer("sse");
  const oldClient = new V1Client({ name: "judge", version: "1" });
  await oldClient.connect(new SSEClientTransport(new URL(old.url)));
  expect((await oldClient.listTools()).tools.map(({ name }) => name)).toEqual(
    expect.arrayContaining(tools.map(({ name }) => name).filter((name) => name === "echo")),
  );
  await oldClient.close();
});

test.each(["json", "sse"] as const)("the hand-made server answers as %s in both eras", async (respondAs) => {
  await using legacy = await startHttpFront({ behind: createHandMadeServer({ respondAs }).handle });
  await using client = await connectV1(legacy.url());
  expect((await client.callTool({ name: "echo" })).content).toEqual([{ type: "text", text: "called" }]);
  await using modern = await startHttpFront({
    behind: createHandMadeServer({ era: "modern", respondAs }).handle,
  });
  await using modernClient = await connectV2(modern.url(), { pin: "2026-07-28" });
  expect((await modernClient.callTool({ name: "echo" })).content).toEqual([{ type: "text", text: "called" }]);
});
