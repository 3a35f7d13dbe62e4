import {
  canCountProcesses,
  createRawHttpClient,
  processesWithMarker,
  type RawPeer,
  waitUntil,
} from "@fairlead/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startHttpGateway } from "../fidelity/support/start-http-gateway.js";
import { type ControlHttpEnd, hasOutput, nextTold, openControlHttpEnd } from "./support/control-end.js";

let end: ControlHttpEnd;
beforeAll(async () => {
  end = await openControlHttpEnd();
}, 30_000);
afterAll(async () => end[Symbol.asyncDispose]());

const echo = { program: "sh", args: ["-c", 'while read x; do echo "got $x"; done'] };

async function create(peer: RawPeer, params: object = {}): Promise<string> {
  const env = { FAIRLEAD_TEST_MARKER: end.home.marker };
  const { result, error } = await peer.request("fairlead/sessions/create", { env, ...echo, ...params });
  expect(error).toBeUndefined();
  return String(result?.["sessionId"]);
}

function programs(): number {
  return processesWithMarker(end.home.marker).filter(({ cmdline }) => cmdline.includes(echo.args[1] ?? ""))
    .length;
}

test.each(["local", "far"])("a program on the executor %s is driven over HTTP", async (executor) => {
  const { peer } = end;
  const sessionId = await create(peer, { executor });
  await peer.request("fairlead/sessions/addListener", { sessionId });
  await nextTold(peer, sessionId, ({ type }) => type === "initialState");
  await peer.request("fairlead/sessions/send", { sessionId, data: "one\n" });
  await nextTold(peer, sessionId, hasOutput("got one"));
  const { result } = await peer.request("fairlead/sessions/stop", { sessionId });
  expect(result).toMatchObject({ survived: [] });
});

test("whoever connects displaces the former owner, whose listeners are told", async () => {
  const { peer } = end;
  const other = await end.join();
  const sessionId = await create(peer);
  await peer.request("fairlead/sessions/addListener", { sessionId }, { id: "mine" });
  const early = await other.request("fairlead/sessions/send", { sessionId, data: "no\n" });
  expect(early.error).toMatchObject({
    data: { fairlead: { code: "forbidden", details: { reason: "session_displaced" } } },
  });
  const connected = await other.request("fairlead/sessions/connect", { sessionId });
  expect(connected.result).toMatchObject({ sessionId, isOwn: true, exit: null });
  const told = await nextTold(peer, sessionId, ({ type }) => type === "connectionRevoked");
  expect(told).toEqual({ type: "connectionRevoked", _meta: { sessionId, requestId: "mine" } });
  await other.request("fairlead/sessions/addListener", { sessionId });
  await other.request("fairlead/sessions/send", { sessionId, data: "two\n" });
  await nextTold(other, sessionId, hasOutput("got two"));
  const late = await peer.request("fairlead/sessions/stop", { sessionId });
  expect(late.error).toMatchObject({ data: { fairlead: { code: "forbidden" } } });
  await other.request("fairlead/sessions/stop", { sessionId });
  await other.endSession();
});

test.skipIf(!canCountProcesses())(
  "the end of an agent's session ends its programs, save what is to be kept, which another can take over",
  async () => {
    const { peer } = end;
    const other = await end.join();
    for (const executor of ["local", "far"]) await create(other, { executor });
    const kept = await create(other, { keep: true });
    await waitUntil(() => programs() === 3, { withinMs: 5_000, what: "Three programs" });
    await other.endSession();
    await waitUntil(() => programs() === 1, { withinMs: 5_000, what: "The end of all but one" });
    const { result } = await peer.request("fairlead/sessions/list");
    expect(result?.["sessions"]).toMatchObject([{ sessionId: kept, isOwn: false, keep: true, exit: null }]);
    await peer.request("fairlead/sessions/connect", { sessionId: kept });
    await peer.request("fairlead/sessions/addListener", { sessionId: kept });
    await peer.request("fairlead/sessions/send", { sessionId: kept, data: "three\n" });
    await nextTold(peer, kept, hasOutput("got three"));
    await peer.request("fairlead/sessions/stop", { sessionId: kept });
    await waitUntil(() => programs() === 0, { withinMs: 5_000, what: "The end of the last" });
  },
);

test("a modern agent is told in the stream of the request that listens", async () => {
  const { url, token } = end;
  await using modern = createRawHttpClient({ url, token, modern: {} });
  const sessionId = await create(modern);
  const listening = modern.request("fairlead/sessions/addListener", { sessionId }, { id: "open" });
  await nextTold(modern, sessionId, ({ type }) => type === "initialState");
  await modern.request("fairlead/sessions/send", { sessionId, data: "four\n" });
  await nextTold(modern, sessionId, hasOutput("got four"));
  await modern.request("fairlead/sessions/removeListener", { sessionId, requestId: "open" });
  await nextTold(modern, sessionId, ({ type }) => type === "cancelled");
  expect((await listening).result).toMatchObject({ resultType: "complete" });
  await modern.request("fairlead/sessions/stop", { sessionId });
});

test("the endpoint of a single server has no control methods, nor has one without a token", async () => {
  await using gateway = await startHttpGateway(end.home, { flags: ["--http-no-auth"] });
  const clientInfo = { name: "t", version: "1" };
  const hello = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
  const doors = [
    createRawHttpClient({ url: `${end.url}/fix`, token: end.token }),
    createRawHttpClient({ url: gateway.endpoint() }),
  ];
  for (const door of doors) {
    await using peer = door;
    const { result } = await peer.request("initialize", hello, { timeoutMs: 20_000 });
    expect(JSON.stringify(result?.["capabilities"])).not.toContain("fairlead/control");
    const { error } = await peer.request("fairlead/sessions/create", { program: "true" });
    expect(error?.code).toBe(-32601);
  }
});
