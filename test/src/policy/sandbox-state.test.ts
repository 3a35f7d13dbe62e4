import { expect, test } from "vitest";
import { openRawGateway } from "../servers/support/raw-gateway.js";
import { guardedServer } from "./support/guarded-gateway.js";

test("calls wait for a server that takes requests at the same time until it goes by the agent's sandbox state", async () => {
  await using server = await guardedServer({ required: true }, "--sandbox");
  await using gateway = await openRawGateway(
    {
      servers: {
        box: server.entry,
        other: { ...server.entry, args: server.entry.args?.slice(0, 2) ?? [] },
      },
    },
    { capabilities: { roots: {} } },
  );
  const { client, initializeResult } = gateway;
  expect(initializeResult["capabilities"]).toMatchObject({ experimental: { "codex/sandbox-state": {} } });
  const sandboxPolicy = { type: "read-only", "network-access": false };
  await client.send({
    jsonrpc: "2.0",
    id: "update",
    method: "codex/sandbox-state/update",
    params: { sandboxPolicy, codexLinuxSandboxExe: null, sandboxCwd: "/srv" },
  });
  const call = client.request("tools/call", { name: "box__keep", arguments: {} });
  const question = await client.nextMessage(({ method }) => method === "roots/list");
  // The server has the update, and both the call and the agent wait for it.
  expect(await server.done()).toEqual(["update read-only"]);
  await client.send({ jsonrpc: "2.0", id: question.id, result: { roots: [] } });
  expect((await client.waitForId("update")).result).toEqual({});
  await call;
  expect(await server.done()).toEqual(["update read-only", "goes by read-only", "keep {}"]);
});

test("a server that does not take the state is not called", async () => {
  await using server = await guardedServer({ required: true }, "--sandbox");
  await using gateway = await openRawGateway(
    { servers: { box: server.entry } },
    { capabilities: { roots: {} } },
  );
  const { client } = gateway;
  const answerRoots = async (): Promise<void> => {
    const question = await client.nextMessage(({ method }) => method === "roots/list");
    await client.send({ jsonrpc: "2.0", id: question.id, result: { roots: [] } });
  };
  const params = { sandboxPolicy: { type: "unknown" } };
  const [update] = await Promise.all([client.request("codex/sandbox-state/update", params), answerRoots()]);
  expect(update.error?.message).toContain(
    "does not go by the sandbox state, so it is not called: No such policy",
  );
  const [call] = await Promise.all([
    client.request("tools/call", { name: "box__keep", arguments: {} }),
    answerRoots(),
  ]);
  expect(call.error).toMatchObject({ data: { fairlead: { code: "forbidden" } } });
  expect(await server.done()).not.toContain("keep {}");
});
