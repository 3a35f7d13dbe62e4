import { createDeferred, FairleadError } from "@fairlead/core";
import { parseRange, type ScannedNotification } from "@fairlead/mcp";
import { expect, test, vi } from "vitest";
import { openServer } from "../orchestrator/open-server.js";
import { createFairleadServer, type FairleadServerOptions } from "./fairlead-server.js";
import { createServerLog } from "./server-log.js";

async function open(
  overrides: Partial<FairleadServerOptions> = {},
  onNotification?: (message: ScannedNotification) => void,
) {
  const log = createServerLog();
  const definition = createFairleadServer({
    version: "1.2.3",
    log,
    statuses: () => [{ name: "files", state: "ready" } as { name: string }],
    ...overrides,
  });
  const connection = await openServer(definition, {
    clientInfo: { name: "t", version: "1" },
    capabilities: {},
    signal: new AbortController().signal,
    handlers: { onNotification },
  });
  const ask = async (method: string, params: object = {}): Promise<unknown> => {
    const answer = await connection.request({ method, params: Buffer.from(JSON.stringify(params)) });
    return parseRange(answer.kind === "result" ? answer.result : answer.error);
  };
  return { definition, connection, log, ask };
}

test("it is a server that comes with Fairlead and tells nothing from outside", async () => {
  const { definition, connection } = await open();
  expect(definition).toMatchObject({ name: "fairlead", origin: "built-in", context: "local" });
  await connection.close();
});

test("status is a tool and a resource", async () => {
  const { connection, ask } = await open();
  expect(await ask("tools/list")).toMatchObject({
    tools: [
      {
        name: "status",
        annotations: { readOnlyHint: true },
        _meta: { "fairlead/supportsParallelToolCalls": true },
      },
    ],
  });
  expect(await ask("tools/call", { name: "status" })).toMatchObject({
    structuredContent: { servers: [{ name: "files", state: "ready" }] },
  });
  expect(await ask("resources/read", { uri: "fairlead://status" })).toMatchObject({
    contents: [
      { uri: "fairlead://status", mimeType: "application/json", text: expect.stringContaining('"ready"') },
    ],
  });
  await connection.close();
});

test("reload is there where the host can reload, and its failure is told to the model", async () => {
  let reloads = 0;
  const good = await open({
    reload: async () => {
      reloads += 1;
      return { changed: ["files"] };
    },
  });
  expect(await good.ask("tools/call", { name: "reload" })).toMatchObject({
    structuredContent: { changed: ["files"] },
  });
  expect(reloads).toBe(1);
  const bad = await open({ reload: () => Promise.reject(new FairleadError("usage", "Line 3 is no TOML")) });
  expect(await bad.ask("tools/call", { name: "reload" })).toMatchObject({
    isError: true,
    content: [{ type: "text", text: "Line 3 is no TOML" }],
  });
  const none = await open();
  expect(await none.ask("tools/call", { name: "reload" })).toMatchObject({
    message: expect.stringContaining("there are: status"),
  });
});

test("logs are resources of every server that is configured or was heard of, and changes are told in time", async () => {
  const updated = createDeferred<string>();
  const { connection, log, ask } = await open({}, (message) => updated.resolve(message.line.toString()));
  log.note({ type: "stderr", server: "old", line: "gone" });
  expect(await ask("resources/list")).toMatchObject({
    resources: [
      { uri: "fairlead://status" },
      { uri: "fairlead://logs/files" },
      { uri: "fairlead://logs/old" },
    ],
  });
  expect(await ask("resources/read", { uri: "fairlead://logs/none" })).toMatchObject({ code: -32602 });
  await ask("resources/subscribe", { uri: "fairlead://logs/files" });
  await ask("resources/subscribe", { uri: "fairlead://logs/files" });
  log.note({ type: "stderr", server: "old", line: "not for us" });
  for (const line of ["1", "2"]) log.note({ type: "stderr", server: "files", line });
  expect(await updated.promise).toContain(
    '"method":"notifications/resources/updated","params":{"uri":"fairlead://logs/files"}',
  );
  expect(await ask("resources/read", { uri: "fairlead://logs/files" })).toMatchObject({
    contents: [{ text: expect.stringMatching(/stderr {2}1\n.*stderr {2}2\n$/) }],
  });
  await connection.close();
});

test("after a close nothing more is told", async () => {
  const told: unknown[] = [];
  const { connection, log, ask } = await open({}, (message) => told.push(message));
  await ask("resources/subscribe", { uri: "fairlead://status" });
  vi.useFakeTimers();
  log.note({ type: "stderr", server: "files", line: "1" });
  await connection.close();
  log.note({ type: "stderr", server: "files", line: "2" });
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  expect(told).toEqual([]);
});
