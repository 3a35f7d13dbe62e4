import { createDeferred, type Deferred, FairleadError } from "@fairlead/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { CallAnswer } from "../connection/types.js";
import type { MemoryServer } from "../test-support/memory-launcher.js";
import {
  discoverResult,
  type ModernScript,
  openModernPair,
  type Received,
} from "../test-support/modern-server.js";
import { ChangeListener } from "./change-listener.js";

const subscriptionId = "io.modelcontextprotocol/subscriptionId";

function listensOf(server: MemoryServer): readonly Received[] {
  return server.received.filter(({ method }) => method === "subscriptions/listen");
}

/** The n-th listen, once it was sent. */
async function listen(server: MemoryServer, number: number): Promise<Received> {
  return server.next((message) => listensOf(server).indexOf(message) === number - 1);
}

function tell(server: MemoryServer, method: string, id: unknown, params: object = {}): void {
  server.sayMessage({ method, params: { ...params, _meta: { [subscriptionId]: id } } });
}

const updated = "notifications/resources/updated";
const toolsChanged = "notifications/tools/list_changed";
const resourcesChanged = "notifications/resources/list_changed";

test("all lists that are announced are listened to", async () => {
  await using pair = await openModernPair();
  const { params } = await listen(pair.server, 1);
  expect(params?.["notifications"]).toEqual({ toolsListChanged: true, resourcesListChanged: true });
  expect(params?.["_meta"]).toHaveProperty("io.modelcontextprotocol/protocolVersion");
});

test("a server that announces nothing to listen to is not listened to", async () => {
  await using pair = await openModernPair(({ method }) =>
    method === "server/discover"
      ? { result: { ...discoverResult, capabilities: { tools: {} } } }
      : { result: {} },
  );
  await pair.ask("x");
  expect(listensOf(pair.server)).toEqual([]);
  expect(await pair.ask("resources/subscribe", { uri: "x:1" })).toMatchObject({ error: { code: -32601 } });
});

test("notifications arrive as the legacy era has them, other members of _meta kept", async () => {
  await using pair = await openModernPair();
  const { id } = await listen(pair.server, 1);
  pair.server.sayMessage({
    method: toolsChanged,
    params: { _meta: { [subscriptionId]: id, mine: 1 }, a: 2 },
  });
  tell(pair.server, resourcesChanged, id);
  await pair.ask("ping");
  expect(pair.notifications.map(({ method, params }) => [method, params])).toEqual([
    [toolsChanged, { _meta: { mine: 1 }, a: 2 }],
    [resourcesChanged, {}],
  ]);
});

describe("a subscription to a resource", () => {
  test("is made by another stream, and the old one ends when the new one is acknowledged", async () => {
    await using pair = await openModernPair();
    const first = await listen(pair.server, 1);
    expect(await pair.ask("resources/subscribe", { uri: "x:1" })).toEqual({});
    const second = await listen(pair.server, 2);
    expect(second.params?.["notifications"]).toEqual({
      toolsListChanged: true,
      resourcesListChanged: true,
      resourceSubscriptions: ["x:1"],
    });
    const cancelled = await pair.server.next(({ method }) => method === "notifications/cancelled");
    expect(cancelled.params).toMatchObject({ requestId: first.id });
    // What was on its way on the old stream comes on the new one too.
    tell(pair.server, toolsChanged, first.id);
    tell(pair.server, toolsChanged, second.id);
    tell(pair.server, updated, second.id, { uri: "x:1" });
    await pair.ask("ping");
    expect(pair.notifications.map(({ method }) => method)).toEqual([toolsChanged, updated]);
  });

  test("ends with the last unsubscribe, and twice is once", async () => {
    await using pair = await openModernPair();
    const uri = "x:1";
    await Promise.all([pair.ask("resources/subscribe", { uri }), pair.ask("resources/subscribe", { uri })]);
    expect(await pair.ask("resources/unsubscribe", { uri })).toEqual({});
    const last = await listen(pair.server, 3);
    expect(last.params?.["notifications"]).toEqual({ toolsListChanged: true, resourcesListChanged: true });
    expect(await pair.ask("resources/subscribe", {})).toMatchObject({ error: { code: -32602 } });
  });

  test("that the server does not honour is refused, and the others stay", async () => {
    const onlyOne: ModernScript = ({ method, id, params }, server) => {
      if (method !== "subscriptions/listen") return undefined;
      const asked = params?.["notifications"] as { resourceSubscriptions?: string[] };
      const uris = asked.resourceSubscriptions?.filter((uri) => uri === "x:1");
      tell(server, "notifications/subscriptions/acknowledged", id, {
        notifications: { ...asked, ...(uris === undefined ? {} : { resourceSubscriptions: uris }) },
      });
      return "silence";
    };
    await using pair = await openModernPair(onlyOne);
    expect(await pair.ask("resources/subscribe", { uri: "x:1" })).toEqual({});
    expect(await pair.ask("resources/subscribe", { uri: "x:2" })).toMatchObject({
      error: { code: -32602, message: expect.stringContaining("x:2") },
    });
    expect(await pair.ask("resources/subscribe", { uri: "x:1" })).toEqual({});
  });
});

describe("a stream that ends", () => {
  const endings: readonly (readonly [string, (server: MemoryServer, id: unknown) => void])[] = [
    ["in good order", (server, id) => server.sayMessage({ id, result: { resultType: "complete" } })],
    ["with an error", (server, id) => server.sayMessage({ id, error: { code: -32603, message: "no" } })],
    [
      "by being taken back",
      (server, id) => server.sayMessage({ method: "notifications/cancelled", params: { requestId: id } }),
    ],
  ];

  test.each(endings)("%s is opened again, and what may have been missed is told", async (_, end) => {
    await using pair = await openModernPair();
    const first = await listen(pair.server, 1);
    await pair.ask("resources/subscribe", { uri: "x:1" });
    const second = await listen(pair.server, 2);
    expect(first.id).not.toBe(second.id);
    end(pair.server, second.id);
    const third = await listen(pair.server, 3);
    expect(third.params?.["notifications"]).toEqual(second.params?.["notifications"]);
    await pair.ask("ping");
    expect(pair.notifications.map(({ method, params }) => [method, params])).toEqual([
      [toolsChanged, undefined],
      [resourcesChanged, undefined],
      [updated, { uri: "x:1" }],
    ]);
  });

  test.each([
    ["with an error", { error: { code: -32601, message: "Method not found" } }],
    ["with a result", { result: { resultType: "complete" } }],
  ])("%s before it was acknowledged is not opened again, which is told once", async (_, answer) => {
    const asked = createDeferred<void>();
    await using pair = await openModernPair(({ method }) => {
      if (method !== "subscriptions/listen") return undefined;
      asked.resolve();
      return answer;
    });
    await asked.promise;
    expect(await pair.ask("ping")).toEqual({});
    expect(pair.warnings).toEqual([expect.stringContaining("subscriptions/listen was refused")]);
    expect(await pair.ask("resources/subscribe", { uri: "x:1" })).toMatchObject({ error: { code: -32602 } });
    expect(listensOf(pair.server)).toHaveLength(2);
  });
});

describe("a stream that cannot be opened", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  function startListener() {
    const calls: Deferred<CallAnswer>[] = [];
    const asked: unknown[] = [];
    const warnings: string[] = [];
    const listener = new ChangeListener({
      capabilities: { tools: { listChanged: true } },
      request: ({ params }) => {
        asked.push(JSON.parse(Buffer.from(params ?? []).toString()));
        const answer = createDeferred<CallAnswer>();
        calls.push(answer);
        return answer.promise;
      },
      onMissed: () => {},
      warn: (text) => warnings.push(text),
    });
    listener.start();
    const acknowledge = (id: number, uris?: string[]) => listener.acknowledged(paramsOf(id, uris), undefined);
    return { listener, calls, warnings, acknowledge, asked };
  }
  const paramsOf = (id: number, resourceSubscriptions?: string[]) =>
    Buffer.from(
      JSON.stringify({
        notifications: { toolsListChanged: true, resourceSubscriptions },
        _meta: { [subscriptionId]: id },
      }),
    );
  const ofStatus = (code: "unavailable" | "protocol" | "unauthenticated", status: number) =>
    new FairleadError(code, "no", { reason: "http_status", details: { status } });

  test.each<[string, FairleadError]>([
    ["429", ofStatus("unavailable", 429)],
    ["408", ofStatus("unavailable", 408)],
    ["503", ofStatus("unavailable", 503)],
    ["a header that could not be made", new FairleadError("usage", "no token", { reason: "config_invalid" })],
    ["too many requests", new FairleadError("resource_exhausted", "full", { reason: "limit_reached" })],
  ])("for %s is asked for again", async (_, error) => {
    const { calls, warnings } = startListener();
    calls[0]?.reject(error);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([calls.length, warnings]).toEqual([2, []]);
  });

  test.each<[string, FairleadError]>([
    ["404", ofStatus("protocol", 404)],
    ["401", ofStatus("unauthenticated", 401)],
    ["an answer that is none", new FairleadError("protocol", "html", { reason: "response_invalid" })],
  ])("for %s is not asked for again by a server that never had one", async (_, error) => {
    const { calls, warnings } = startListener();
    calls[0]?.reject(error);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(calls).toHaveLength(1);
    expect(warnings).toEqual([expect.stringContaining("was refused")]);
  });

  test.each<[string, number, (call: Deferred<CallAnswer> | undefined) => void]>([
    ["401", 0, (call) => call?.reject(ofStatus("unauthenticated", 401))],
    ["404", 0, (call) => call?.reject(ofStatus("protocol", 404))],
    ["its end", 0, (call) => call?.resolve({ kind: "result", result: Buffer.from("{}") })],
    ["an error", 1, (call) => call?.resolve({ kind: "error", error: Buffer.from('{"message":"busy"}') })],
  ])("for %s is asked for again where one was open before, with %i warnings", async (_, told, end) => {
    const { calls, warnings, acknowledge } = startListener();
    acknowledge(1);
    calls[0]?.resolve({ kind: "result", result: Buffer.from("{}") });
    await vi.advanceTimersByTimeAsync(1_000);
    end(calls[1]);
    await vi.advanceTimersByTimeAsync(2_000);
    end(calls[2]);
    await vi.advanceTimersByTimeAsync(4_000);
    expect([calls.length, warnings.length]).toEqual([4, told]);
  });

  test.each([
    ["the one before ended", true],
    ["the one before ended while it was asked for", false],
  ])("with a new resource after %s is asked for again without it", async (_, isEndedFirst) => {
    const { listener, calls, acknowledge, asked } = startListener();
    const kept = listener.subscribe("x:1");
    acknowledge(1);
    acknowledge(2, ["x:1"]);
    await kept;
    const end = () => calls[1]?.resolve({ kind: "result", result: Buffer.from("{}") });
    if (isEndedFirst) end();
    await vi.advanceTimersByTimeAsync(0);
    const added = listener.subscribe("x:2").catch((error: unknown) => error);
    if (!isEndedFirst) end();
    await vi.advanceTimersByTimeAsync(0);
    expect(asked[2]).toEqual({
      notifications: { toolsListChanged: true, resourceSubscriptions: ["x:1", "x:2"] },
    });
    calls[2]?.resolve({ kind: "error", error: Buffer.from('{"message":"busy"}') });
    expect(await added).toMatchObject({ code: "protocol", reason: "peer_error", effect: "none" });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(asked[3]).toEqual({
      notifications: { toolsListChanged: true, resourceSubscriptions: ["x:1"] },
    });
  });

  test("with a new resource leaves the one that is open as it is", async () => {
    const { listener, calls, acknowledge } = startListener();
    acknowledge(1);
    const added = listener.subscribe("x:1").catch((error: unknown) => error);
    calls[1]?.resolve({ kind: "error", error: Buffer.from('{"message":"no"}') });
    expect(await added).toMatchObject({ reason: "peer_error" });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(calls).toHaveLength(2);
    expect(listener.accepts(paramsOf(1))).toBe(true);
  });

  test("because it is not acknowledged is asked for again, which is told once", async () => {
    const { calls, warnings } = startListener();
    await vi.advanceTimersByTimeAsync(31_000);
    expect(calls).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(32_000);
    expect(calls).toHaveLength(3);
    expect(warnings).toEqual([expect.stringContaining("was not acknowledged")]);
  });

  test("in time is told apart from the next one, whose changes are heard", async () => {
    const { listener, calls, acknowledge } = startListener();
    await vi.advanceTimersByTimeAsync(31_000);
    expect(calls).toHaveLength(2);
    acknowledge(1);
    acknowledge(2);
    expect([listener.accepts(paramsOf(1)), listener.accepts(paramsOf(2))]).toEqual([false, true]);
  });
});

test("closing ends the stream and the wait for a subscription", async () => {
  const pair = await openModernPair(({ method }) =>
    method === "subscriptions/listen" ? "silence" : undefined,
  );
  const asked = pair.ask("resources/subscribe", { uri: "x:1" });
  await listen(pair.server, 1);
  await pair.connection.close();
  await expect(asked).rejects.toMatchObject({ code: "canceled" });
});
