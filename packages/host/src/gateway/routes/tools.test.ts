import { expect, test } from "vitest";
import type { ServerDefinition } from "../../orchestrator/server-definition.js";
import { type KeptStream, openScriptedSession, type ScriptedSession } from "../test-support/open-session.js";
import { definitionOf } from "../test-support/scripted-server.js";

const tools = [
  '{"name":"read","annotations":{"readOnlyHint":true},"big":1e400}',
  '{ "name":"write", "description":"Writes" }',
  '{"name":"secret_a"}',
].join(",");

async function open(
  settings: Partial<ServerDefinition>,
  { only, capabilities = { elicitation: {} } }: { only?: string; capabilities?: object } = {},
): Promise<ScriptedSession> {
  const scripted = openScriptedSession(
    [definitionOf("files", { disabledTools: ["secret*"], ...settings })],
    only,
  );
  scripted.pool.lists.set("files tools/list", `[${tools}]`);
  await scripted.initialize(capabilities);
  return scripted;
}

const listLine = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';
const callLine = (name: string, id = 2): string =>
  JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: { path: "/a" } } });

/** What the gateway sent as the answer of a request. */
const answerOf = (stream: KeptStream): unknown => stream.messages.at(-1);

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("tools are shown under their new names and words, every other byte as the server wrote it", async () => {
  const scripted = await open({ tools: { write: { rename: "put", description: "Puts" } } });
  const { stream, done } = scripted.request(listLine);
  await done;
  expect(stream.lines).toEqual([
    '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"files__read","annotations":{"readOnlyHint":true},"big":1e400},{ "name":"files__put", "description":"Puts" }]}}',
  ]);
});

test("a renamed tool is called by its raw name, and its former name tells the new one", async () => {
  const scripted = await open({ tools: { write: { rename: "put" } } });
  const { stream, done } = scripted.request(callLine("files__put"));
  await settled();
  expect(scripted.pool.calls[0]?.params).toBe('{"name":"write","arguments":{"path":"/a"}}');
  scripted.pool.calls[0]?.answer('{"content":[]}');
  await done;
  expect(stream.lines).toEqual(['{"jsonrpc":"2.0","id":2,"result":{"content":[]}}']);
  const former = scripted.request(callLine("files__write"));
  await former.done;
  expect(answerOf(former.stream)).toMatchObject({
    error: { message: "The tool files__write is called files__put now" },
  });
  expect(scripted.pool.calls).toHaveLength(1);
});

test.each([
  ["files__secret_a", undefined],
  ["files__secret_hidden", undefined],
  ["secret_a", "files"],
])("a tool that is switched off is not called: %s", async (name, only) => {
  const scripted = await open({}, only === undefined ? {} : { only });
  const { stream, done } = scripted.request(callLine(name));
  await done;
  expect(answerOf(stream)).toMatchObject({ error: { data: { fairlead: { code: "forbidden" } } } });
  expect(scripted.pool.calls).toEqual([]);
});

test.each([
  ["files__write", undefined],
  ["write", "files"],
])("a call that needs approval waits for it, merged and single: %s", async (name, only) => {
  const settings = { defaultApproval: "writes", executor: "devbox" } as const;
  const scripted = await open(settings, only === undefined ? {} : { only });
  const { stream, done } = scripted.request(callLine(name));
  await settled();
  expect(scripted.pool.calls).toEqual([]);
  const question = stream.messages[0];
  expect(question).toMatchObject({
    method: "elicitation/create",
    params: {
      message: expect.stringContaining('Allow the tool "write" of server "files" to run on "devbox"?'),
    },
  });
  const answer = { action: "accept", content: { decision: "allow once" } };
  scripted.tell(JSON.stringify({ jsonrpc: "2.0", id: question?.["id"], result: answer }));
  await settled();
  scripted.pool.calls[0]?.answer('{"content":[]}');
  await done;
  expect(answerOf(stream)).toEqual({ jsonrpc: "2.0", id: 2, result: { content: [] } });
});

test("a tool that only reads is called without a question", async () => {
  const scripted = await open({ defaultApproval: "writes" });
  void scripted.request(callLine("files__read"));
  await settled();
  expect(scripted.pool.calls).toHaveLength(1);
});

test("an agent that cannot ask its user is told which setting would allow the call", async () => {
  const scripted = await open({ defaultApproval: "auto" }, { capabilities: {} });
  const { stream, done } = scripted.request(callLine("files__write"));
  await done;
  expect(answerOf(stream)).toMatchObject({
    result: {
      isError: true,
      content: [{ text: expect.stringContaining("[mcp_servers.files.tools.write]") }],
    },
  });
  expect(scripted.pool.calls).toEqual([]);
});

test("a call that is taken back while its question is open takes the question back too", async () => {
  const scripted = await open({ defaultApproval: "prompt" });
  const { stream } = scripted.request(callLine("files__write", 9));
  await settled();
  scripted.tell('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":9}}');
  await settled();
  expect(stream.messages.at(-1)).toMatchObject({
    method: "notifications/cancelled",
    params: { requestId: stream.messages[0]?.["id"] },
  });
  expect(scripted.pool.calls).toEqual([]);
});
