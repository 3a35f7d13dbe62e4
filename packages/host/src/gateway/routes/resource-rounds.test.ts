import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { openScriptedSession } from "../test-support/open-session.js";
import { definitionOf, type SeenCall } from "../test-support/scripted-server.js";

type Values = Record<string, unknown>;

const uri = "a:1";
const refusal = '{"code":-32002,"message":"Resource not found"}';
const asked =
  '{"resultType":"input_required","inputRequests":{"k":{"method":"roots/list"}},"requestState":"b1"}';
const answers = { inputResponses: { k: { roots: [] } }, requestState: "b1" };

/** A modern agent of three servers, none of which lists its resources. */
function openReader(legacyServers: readonly string[] = []) {
  const names = ["a", "b", "c"];
  const { pool, request } = openScriptedSession(names.map((name) => definitionOf(name)));
  pool.initializeRaw = pool.initializeRaw.replace('"tools":{}', '"resources":{}');
  pool.discoverRaw =
    '{"supportedVersions":["2026-07-28"],"capabilities":{"resources":{}},"resultType":"complete"}';
  for (const name of legacyServers) pool.legacyServers.add(name);
  let lastId = 0;
  /** Reads the resource. @returns the answer, parsed */
  const read = async (members: Values = {}): Promise<Values> => {
    lastId += 1;
    const _meta = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": { roots: {} },
    };
    const params = { uri, ...members, _meta };
    const line = JSON.stringify({ jsonrpc: "2.0", id: lastId, method: "resources/read", params });
    const { stream, done } = request(line);
    await done;
    return stream.messages.at(-1) as Values;
  };
  let count = 0;
  /** The next call, which must come to this server. @returns it, and which members of a repetition it has */
  const seen = async (server: string): Promise<{ call: SeenCall; given: Values }> => {
    while (pool.calls.length <= count) await nextTurn();
    const call = pool.calls[count++] as SeenCall;
    expect(call.server).toBe(server);
    const { inputResponses, requestState } = JSON.parse(call.params ?? "{}") as Values;
    return { call, given: { inputResponses, requestState } };
  };
  return { read, seen };
}

const nothing = { inputResponses: undefined, requestState: undefined };

describe("answers to a server's question about a resource that several may have", () => {
  test.each([
    ["modern", []],
    ["legacy", ["a"]],
  ])("go to that server, and not to a %s one before it", async (_, legacyServers) => {
    const { read, seen } = openReader(legacyServers);
    const first = read();
    (await seen("a")).call.refuse(refusal);
    (await seen("b")).call.answer(asked);
    expect(await first).toMatchObject({ result: { resultType: "input_required", requestState: "b1" } });
    const second = read(answers);
    const { call, given } = await seen("b");
    expect(given).toEqual(answers);
    call.answer('{"contents":[]}');
    expect(await second).toMatchObject({ result: { contents: [] } });
  });

  test("are not sent to those that are asked after it", async () => {
    const { read, seen } = openReader();
    void read();
    (await seen("a")).call.refuse(refusal);
    (await seen("b")).call.answer(asked);
    const second = read(answers);
    (await seen("b")).call.refuse(refusal);
    const { call, given } = await seen("c");
    expect(given).toEqual(nothing);
    call.answer('{"contents":[]}');
    expect(await second).toMatchObject({ result: { contents: [] } });
  });

  test("are sent to nobody where it is not known who asked: the read begins anew", async () => {
    const { read, seen } = openReader(["a"]);
    const repeated = read(answers);
    for (const server of ["a", "b", "c"]) {
      const { call, given } = await seen(server);
      expect(given).toEqual(nothing);
      call.refuse(refusal);
    }
    expect(await repeated).toMatchObject({ error: { code: -32002 } });
  });

  test("are told apart by the states of the servers, and by the resources", async () => {
    const { read, seen } = openReader();
    void read();
    (await seen("a")).call.answer(asked.replace("b1", "a1"));
    void read();
    (await seen("a")).call.refuse(refusal);
    (await seen("b")).call.answer(asked);
    void read({ ...answers, requestState: "a1" });
    expect((await seen("a")).given).toEqual({ ...answers, requestState: "a1" });
    void read(answers);
    expect((await seen("b")).given).toEqual(answers);
    void read({ ...answers, uri: "a:2" });
    expect((await seen("a")).given).toEqual(nothing);
  });
});
