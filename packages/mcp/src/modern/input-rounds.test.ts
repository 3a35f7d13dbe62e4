import { createDeferred } from "@fairlead/core";
import { describe, expect, test } from "vitest";
import { rpcError } from "../connection/rpc-errors.js";
import type { CallAnswer, ConnectionHandlers, McpCall } from "../connection/types.js";
import {
  failureOf,
  type ModernScript,
  openModernPair,
  type Received,
} from "../test-support/modern-server.js";

const elicit = {
  method: "elicitation/create",
  params: { message: "?", requestedSchema: { type: "object" } },
};
const result = (value: object): CallAnswer => ({
  kind: "result",
  result: Buffer.from(JSON.stringify(value)),
});
const accepted = '{"action":"accept","content":{"n": 1.50}}';
const acceptAll: ConnectionHandlers = {
  onRequest: () => Promise.resolve({ kind: "result", result: Buffer.from(accepted) }),
};
const call: McpCall = { method: "tools/call", params: Buffer.from('{"name":"t", "arguments":{"a":1.0}}') };

/** Answers the first call with what is given, later ones with what they were sent. */
function askOnce(demand: object | string): ModernScript {
  let isFirst = true;
  return (message, server) => {
    if (message.method !== "tools/call") return undefined;
    if (!isFirst) return { result: { resultType: "complete", sent: message.params } };
    isFirst = false;
    if (typeof demand !== "string") return { result: { resultType: "input_required", ...demand } };
    server.say(`{"jsonrpc":"2.0","id":${String(message.id)},"result":${demand}}\n`);
    return undefined;
  };
}

function callsOf(received: readonly Received[]): readonly Received[] {
  return received.filter(({ method }) => method === "tools/call");
}

describe("a server that answers a call with questions", () => {
  test("gets the answers with the same call again, under a new id, its state byte for byte", async () => {
    const state = '"a\\u00e9\\/ b"';
    const demand = `{"resultType":"input_required","inputRequests":{"k 1":${JSON.stringify(elicit)}},"requestState":${state}}`;
    const asked: unknown[] = [];
    await using pair = await openModernPair(askOnce(demand), {
      handlers: {
        onRequest: (message, context) => {
          const params =
            message.params === undefined
              ? undefined
              : message.line.subarray(message.params.start, message.params.end);
          const { relatedCall } = context;
          const isOfCall = relatedCall?.call === call && relatedCall.isCertain === true;
          asked.push([message.method, JSON.parse(String(params)), isOfCall]);
          return Promise.resolve({ kind: "result", result: Buffer.from(accepted) });
        },
      },
    });
    const answer = await pair.connection.request(call);
    expect(asked).toEqual([["elicitation/create", elicit.params, true]]);
    expect(answer.kind).toBe("result");
    const [first, second] = callsOf(pair.server.received);
    expect(second?.id).not.toBe(first?.id);
    const line = pair.server.writes
      .flatMap((text) => text.split("\n"))
      .find((text) => text.includes("inputResponses"));
    expect(line).toContain(`"inputResponses":{"k 1":${accepted}},"requestState":${state},`);
    expect(line).toContain('"name":"t", "arguments":{"a":1.0}');
  });

  test("gets no state back if it gave none, and only the answers of the last round", async () => {
    let round = 0;
    await using pair = await openModernPair(
      ({ method }) => {
        if (method !== "tools/call") return undefined;
        round += 1;
        if (round === 3) return { result: { resultType: "complete" } };
        const state = round === 1 ? { requestState: "s1" } : {};
        return {
          result: { resultType: "input_required", inputRequests: { [`k${round}`]: elicit }, ...state },
        };
      },
      { handlers: acceptAll },
    );
    await pair.connection.request(call);
    const [, second, third] = callsOf(pair.server.received);
    expect(second?.params).toMatchObject({
      requestState: "s1",
      inputResponses: { k1: { action: "accept" } },
    });
    expect(third?.params).not.toHaveProperty("requestState");
    expect(Object.keys(third?.params?.["inputResponses"] ?? {})).toEqual(["k2"]);
  });

  test("that only gives a state is asked again with it", async () => {
    await using pair = await openModernPair(askOnce({ requestState: "later" }));
    await pair.connection.request(call);
    const [, second] = callsOf(pair.server.received);
    expect(second?.params).toMatchObject({ name: "t", requestState: "later" });
    expect(second?.params).not.toHaveProperty("inputResponses");
  });

  test("has all questions of a round put at once, while the call's clock stands", async () => {
    const both = createDeferred<void>();
    let open = 0;
    await using pair = await openModernPair(
      askOnce({
        inputRequests: {
          a: elicit,
          b: { method: "roots/list" },
          c: { method: "sampling/createMessage", params: {} },
        },
      }),
      {
        handlers: {
          onRequest: async ({ method }) => {
            open += 1;
            if (open === 3) setTimeout(() => both.resolve(), 60);
            await both.promise;
            return result({ for: method });
          },
        },
      },
    );
    await pair.connection.request({ ...call, timeoutMs: 50 });
    const [, second] = callsOf(pair.server.received);
    expect(second?.params?.["inputResponses"]).toEqual({
      a: { for: "elicitation/create" },
      b: { for: "roots/list" },
      c: { for: "sampling/createMessage" },
    });
  });

  test("is told that a form which failed was cancelled", async () => {
    await using pair = await openModernPair(askOnce({ inputRequests: { a: elicit } }), {
      handlers: { onRequest: () => Promise.resolve(rpcError(-32603, "no screen")) },
    });
    await pair.connection.request(call);
    const [, second] = callsOf(pair.server.received);
    expect(second?.params?.["inputResponses"]).toEqual({ a: { action: "cancel" } });
    expect(pair.warnings).toEqual([expect.stringContaining("no screen")]);
  });

  test("hears no more of a call whose sampling was refused, and the other questions are taken back", async () => {
    const taken = createDeferred<unknown>();
    await using pair = await openModernPair(
      askOnce({ inputRequests: { a: elicit, b: { method: "sampling/createMessage", params: {} } } }),
      {
        handlers: {
          onRequest: ({ method }, { signal }) => {
            if (method !== "elicitation/create") return Promise.resolve(rpcError(-1, "User rejected it"));
            signal.addEventListener("abort", () => taken.resolve(signal.reason));
            return new Promise(() => {});
          },
        },
      },
    );
    const failure = await failureOf(pair.connection.request(call));
    expect(failure).toMatchObject({ code: "protocol", reason: "peer_error" });
    expect(failure.message).toContain("User rejected it");
    await taken.promise;
    expect(callsOf(pair.server.received)).toHaveLength(1);
  });

  test("may not ask for what was never offered", async () => {
    await using pair = await openModernPair(askOnce({ inputRequests: { a: elicit } }), {
      capabilities: {},
      handlers: acceptAll,
    });
    const failure = await failureOf(pair.connection.request(call));
    expect(failure).toMatchObject({ code: "protocol", reason: "peer_error" });
    expect(failure.message).toContain('{"elicitation":{"form":{}}}');
  });

  test.each([
    ["nothing", {}],
    ["no request", { inputRequests: { a: 1 } }],
    ["a list", { inputRequests: [] }],
    ["another method", { inputRequests: { a: { method: "tools/list" } } }],
  ])("may not ask for %s", async (_, demand) => {
    await using pair = await openModernPair(askOnce(demand), { handlers: acceptAll });
    expect(await failureOf(pair.connection.request(call))).toMatchObject({
      code: "protocol",
      reason: "peer_error",
    });
  });

  test("may not ask for ever", async () => {
    await using pair = await openModernPair(
      ({ method }) =>
        method === "tools/call"
          ? { result: { resultType: "input_required", inputRequests: { a: elicit } } }
          : undefined,
      { handlers: acceptAll },
    );
    const failure = await failureOf(pair.connection.request(call));
    expect(failure.message).toContain("more than 32 times");
    expect(callsOf(pair.server.received)).toHaveLength(33);
  });

  test("is not answered once the call is given up, and whoever was asked is told", async () => {
    const told = createDeferred<unknown>();
    const abort = new AbortController();
    await using pair = await openModernPair(askOnce({ inputRequests: { a: elicit } }), {
      handlers: {
        onRequest: (_, { signal }) => {
          signal.addEventListener("abort", () => told.resolve(signal.reason));
          abort.abort("enough");
          return new Promise(() => {});
        },
      },
    });
    expect(await failureOf(pair.connection.request({ ...call, signal: abort.signal }))).toMatchObject({
      code: "canceled",
    });
    expect(await told.promise).toBe("enough");
    expect(callsOf(pair.server.received)).toHaveLength(1);
  });
});

test("a result without a type, or of another method, is a result", async () => {
  const demand = { resultType: "input_required", inputRequests: { a: elicit } };
  await using pair = await openModernPair(
    ({ method }) => {
      if (method === "tools/call") return { result: { content: [] } };
      return method === "custom/ask" ? { result: demand } : undefined;
    },
    { handlers: acceptAll },
  );
  expect(await pair.ask("tools/call", {})).toEqual({ content: [] });
  expect(await pair.ask("custom/ask")).toEqual(demand);
});
