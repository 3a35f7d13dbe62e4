import { createDeferred, type Deferred } from "@fairlead/core";
import type { CallAnswer, McpCall, McpConnection } from "@fairlead/mcp";
import { expect, test } from "vitest";
import { SandboxState, sandboxStateMethod, wantsSandboxState } from "./sandbox-state.js";

const done: CallAnswer = { kind: "result", result: Buffer.from("{}") };

/** A server that answers when the test says so. */
function openServer(isWilling = true) {
  const seen: string[] = [];
  const pending: Deferred<CallAnswer>[] = [];
  const experimental = isWilling ? { "codex/sandbox-state": {} } : {};
  const connection = {
    era: "legacy",
    initializeResult: { value: { capabilities: { experimental } } },
    request: ({ method, params }: McpCall) => {
      seen.push(`${method} ${params === undefined ? "" : Buffer.from(params).toString()}`.trim());
      const answer = createDeferred<CallAnswer>();
      pending.push(answer);
      return answer.promise;
    },
    close: async () => ({ ended: [], forced: [], survived: [], blindSpots: [] }),
  } as unknown as McpConnection;
  return { connection, seen, pending };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const state = (name: string): Buffer => Buffer.from(`"${name}"`);
const call: McpCall = { method: "tools/call" };
const never = new AbortController().signal;

test("no tool is called before the server has answered that it goes by the state", async () => {
  const server = openServer();
  const guarded = new SandboxState(state("a")).guard(server.connection, "s");
  const calls = [guarded.request(call), guarded.request(call)];
  await settled();
  expect(server.seen).toEqual([`${sandboxStateMethod} "a"`]);
  server.pending[0]?.resolve(done);
  await settled();
  expect(server.seen).toEqual([`${sandboxStateMethod} "a"`, "tools/call", "tools/call"]);
  for (const answer of server.pending) answer.resolve(done);
  expect(await Promise.all(calls)).toEqual([done, done]);
});

test("a change is told before the next call, and answered only after all servers did", async () => {
  const servers = [openServer(), openServer()];
  const sandbox = new SandboxState();
  const guarded = servers.map(({ connection }) => sandbox.guard(connection, "s"));
  let isAnswered = false;
  const updating = sandbox.update(state("b"), never).then(() => (isAnswered = true));
  await settled();
  servers[0]?.pending[0]?.resolve(done);
  void guarded[1]?.request(call);
  await settled();
  expect(isAnswered).toBe(false);
  expect(servers[1]?.seen).toEqual([`${sandboxStateMethod} "b"`]);
  servers[1]?.pending[0]?.resolve(done);
  await updating;
  await settled();
  expect(servers[1]?.seen).toEqual([`${sandboxStateMethod} "b"`, "tools/call"]);
});

test("a state that comes while another one is being told holds for the call that waits", async () => {
  const server = openServer();
  const sandbox = new SandboxState(state("a"));
  const guarded = sandbox.guard(server.connection, "s");
  void guarded.request(call);
  await settled();
  void sandbox.update(state("b"), never);
  await settled();
  expect(server.seen).toEqual([`${sandboxStateMethod} "a"`]);
  server.pending[0]?.resolve(done);
  await settled();
  expect(server.seen.at(-1)).toBe(`${sandboxStateMethod} "b"`);
  server.pending[1]?.resolve(done);
  await settled();
  expect(server.seen.at(-1)).toBe("tools/call");
});

test("a server that refuses is not called, until it takes the state", async () => {
  const server = openServer();
  const sandbox = new SandboxState(state("a"));
  const guarded = sandbox.guard(server.connection, "s");
  const refused = guarded.request(call);
  await settled();
  server.pending[0]?.resolve({
    kind: "error",
    error: Buffer.from('{"code":-32603,"message":"No such policy"}'),
  });
  await expect(refused).rejects.toMatchObject({
    code: "forbidden",
    reason: "policy_denied",
    message: "Server 's' does not go by the sandbox state, so it is not called: No such policy",
  });
  const updating = sandbox.update(state("b"), never);
  await settled();
  server.pending[1]?.reject(new Error("It took too long"));
  await expect(updating).rejects.toMatchObject({ code: "forbidden" });
  const taken = guarded.request(call);
  await settled();
  server.pending[2]?.resolve(done);
  await settled();
  server.pending[3]?.resolve(done);
  expect(await taken).toBe(done);
  expect(server.seen.filter((line) => line === "tools/call")).toHaveLength(1);
});

test("a copy that is started anew is told anew; one that was closed is waited for no more", async () => {
  const [first, second] = [openServer(), openServer()];
  const sandbox = new SandboxState(state("a"));
  await sandbox.guard(first.connection, "s").close();
  await sandbox.update(state("b"), never);
  expect(first.seen).toEqual([]);
  void sandbox.guard(second.connection, "s").request(call);
  await settled();
  expect(second.seen).toEqual([`${sandboxStateMethod} "b"`]);
});

test("a server that wants no state, and all calls but those of tools, are not held up", async () => {
  const sandbox = new SandboxState(state("a"));
  const unwilling = openServer(false);
  expect(wantsSandboxState(unwilling.connection)).toBe(false);
  expect(sandbox.guard(unwilling.connection, "s")).toBe(unwilling.connection);
  const server = openServer();
  void sandbox.guard(server.connection, "s").request({ method: "tools/list" });
  await settled();
  expect(server.seen).toEqual(["tools/list"]);
});

test("a call that is taken back while the server answers is not made", async () => {
  const server = openServer();
  const abort = new AbortController();
  const guarded = new SandboxState(state("a")).guard(server.connection, "s");
  const taken = guarded.request({ ...call, signal: abort.signal });
  await settled();
  abort.abort("enough");
  await expect(taken).rejects.toMatchObject({ code: "canceled" });
  server.pending[0]?.resolve(done);
  await settled();
  expect(server.seen).toEqual([`${sandboxStateMethod} "a"`]);
});
