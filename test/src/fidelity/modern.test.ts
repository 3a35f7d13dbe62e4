import { waitUntil } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ModernEnd, openModernEnd, openModernHttpEnd } from "./support/modern-end.js";
import { play, respond, type Step, scriptParams, tell } from "./support/script.js";

const prefix = "io.modelcontextprotocol/";
const discovered = `{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{"listChanged":true,"odd":1},"experimental":{"vendor/x":{}},"extensions":{"vendor/y":{"v":1}},"resources":{"subscribe":true}},"instructions":"Be exact.","ttlMs":1234,"cacheScope":"private","vendorTop":[1],"_meta":{"${prefix}serverInfo":{"name":"odd","version":"1","vendor":1},"x/y":0}}`;
const progress = (n: number): Step =>
  tell("notifications/progress", `{"progressToken":$TOKEN,"progress":${n},"vendor":1}`);

/** Results of the server, as the very text: all are to arrive with the same values in the same order. */
const results = [
  `{"resultType":"complete","content":[{"type":"vendor/x","a":[null]}],"vendorTop":{},"_meta":{"a":1}}`,
  `{"resultType":"vendor_kind","anything":[1]}`,
  `{"resultType":"complete","content":[],"structuredContent":[1,"a",null]}`,
  `{"resultType":"complete","content":[],"structuredContent":null}`,
  `{"resultType":"task","taskId":"t-1","status":"working","ttlMs":null,"pollIntervalMs":5,"vendor":1}`,
  `{"resultType":"input_required","inputRequests":{"Key é":{"method":"elicitation/create","params":{"mode":"form","message":"m","requestedSchema":{"type":"object","properties":{}},"vendor":1}}},"requestState":"opaque \\"é\\" state","vendor":1,"_meta":{"a":1}}`,
  `{"resultType":"input_required","requestState":"only state"}`,
];

describe.each(["stdio", "http"] as const)(
  "an agent and a server of the era without a handshake, over %s",
  (carrier) => {
    let end: ModernEnd;
    beforeAll(async () => {
      end = await openModernEnd(carrier, { era: "modern", answers: { "server/discover": discovered } });
    });
    afterAll(async () => end?.[Symbol.asyncDispose]());

    test.each(results)("%s arrives as it is", async (result) => {
      const answer = await play(end, [respond(result)]);
      expect(JSON.stringify(answer.result)).toBe(JSON.stringify(JSON.parse(result)));
    });

    test("what the server says about itself arrives, known or not", async () => {
      const { result } = await end.peer.request("server/discover");
      const { ttlMs: _, ...kept } = JSON.parse(discovered);
      expect(result).toMatchObject(kept);
    });

    test("answers and state of the next round reach the server as they are", async () => {
      const inputResponses = { "Key é": { action: "accept", content: { n: [1.5, null] }, vendor: 1 } };
      const requestState = 'opaque "é" state';
      const params = {
        ...scriptParams("script", [], { again: [respond(`{"resultType":"complete","line":$LINE}`)] }),
        inputResponses,
        requestState,
      };
      const { result } = await end.peer.request<{ line: string }>("tools/call", params);
      expect(JSON.parse(result?.line ?? "").params).toMatchObject({ inputResponses, requestState });
    });

    test("the envelope reaches the server with all that the agent put into it", async () => {
      const meta = { "vendor/x": { a: [1] }, traceparent: "00-ab-cd-01", tracestate: "a=b", baggage: "c=d" };
      const { result } = await play<{ line: string }>(
        end,
        [respond(`{"resultType":"complete","line":$LINE}`)],
        { meta },
      );
      const arrived = JSON.parse(result?.line ?? "").params._meta;
      expect(arrived).toMatchObject({
        ...meta,
        [`${prefix}protocolVersion`]: "2026-07-28",
        [`${prefix}clientCapabilities`]: { elicitation: { form: {} }, sampling: {} },
      });
    });

    test.each(["tasks/get", "tasks/cancel", "tasks/update", "vendor/custom"])(
      "%s passes raw",
      async (method) => {
        const params = { taskId: "t-1", vendor: [null] };
        const { result } = await end.peer.request<{ line: string }>(method, params);
        expect(JSON.parse(result?.line ?? "")).toMatchObject({ method, params });
      },
    );

    test.each([-32000, -32602, -32042, 7])(
      "an error %i of the server keeps message and data",
      async (code) => {
        const error = `{"code":${code},"message":"m é","data":{"a":[1,null]}}`;
        const { error: arrived } = await play(end, [{ send: `{"jsonrpc":"2.0","id":$ID,"error":${error}}` }]);
        expect(arrived).toEqual(JSON.parse(error));
      },
    );

    test.each(["text é", "", 0, 1.5])("the id %j comes back as it is", async (id) => {
      const answer = await play(end, [respond(`{"resultType":"complete"}`)], { id });
      expect(answer).toMatchObject({ id, result: { resultType: "complete" } });
    });

    test("progress comes before the answer, with the agent's own token", async () => {
      await using peer = await end.newPeer();
      const steps = [progress(1), { pause: 10 }, progress(2), respond(`{"resultType":"complete"}`)];
      await play({ peer, toolName: "script" }, steps, { meta: { progressToken: "é-1" } });
      expect(peer.messages.map(({ params, result }) => result ?? params)).toMatchObject([
        { progressToken: "é-1", progress: 1, vendor: 1 },
        { progressToken: "é-1", progress: 2 },
        { resultType: "complete" },
      ]);
    });

    test("equal ids and tokens of two agents do not cross", async () => {
      await using one = await end.newPeer();
      await using two = await end.newPeer();
      const meta = { progressToken: 1 };
      const steps = (n: number): Step[] => [
        progress(n),
        { pause: 30 },
        progress(n + 1),
        respond(`{"n":${n}}`),
      ];
      const calls = [one, two].map((peer, who) =>
        play({ peer, toolName: "script" }, steps(who * 10), { id: 1, meta }),
      );
      expect((await Promise.all(calls)).map(({ result }) => result)).toMatchObject([{ n: 0 }, { n: 10 }]);
      const seen = [one, two].map(({ messages }) =>
        messages.flatMap(({ params }) => (params as { progress?: number } | undefined)?.progress ?? []),
      );
      expect(seen).toEqual([
        [0, 1],
        [10, 11],
      ]);
    });

    test("a subscription is acknowledged first, and its news carry its own id", async () => {
      await using peer = await end.newPeer();
      const listening = {
        jsonrpc: "2.0",
        id: "listen-é",
        method: "subscriptions/listen",
        params: { notifications: { toolsListChanged: true } },
      };
      await peer.send(listening);
      const acknowledged = await peer.nextMessage(() => true);
      expect(acknowledged).toMatchObject({
        method: "notifications/subscriptions/acknowledged",
        params: { _meta: { [`${prefix}subscriptionId`]: "listen-é" } },
      });
      const changed = `{"_meta":{"${prefix}subscriptionId":$LISTEN},"vendor":1}`;
      await play({ peer, toolName: "script" }, [
        tell("notifications/tools/list_changed", changed),
        respond(`{"resultType":"complete"}`),
      ]);
      const told = await peer.nextMessage(({ method }) => method === "notifications/tools/list_changed");
      expect(told.params).toMatchObject({ _meta: { [`${prefix}subscriptionId`]: "listen-é" } });
    });
  },
);

describe.each(["stdio", "http"] as const)(
  "a modern agent before a server with a handshake, over %s",
  (carrier) => {
    let end: ModernEnd;
    beforeAll(async () => {
      end = await openModernEnd(carrier, { era: "legacy" });
    });
    afterAll(async () => end?.[Symbol.asyncDispose]());

    test("a result keeps what nobody knows, and says that it is complete", async () => {
      const { result } = await play(end, [
        respond(`{"content":[{"type":"vendor/x"}],"structuredContent":[1],"vendorTop":null}`),
      ]);
      expect(result).toMatchObject({
        resultType: "complete",
        content: [{ type: "vendor/x" }],
        structuredContent: [1],
        vendorTop: null,
      });
    });

    test("a question becomes a round, whose answer reaches the server that still waits", async () => {
      const question = `{"jsonrpc":"2.0","id":$OWN,"method":"elicitation/create","params":{"mode":"form","message":"Who é?","requestedSchema":{"type":"object","properties":{"n":{"type":"string","vendor":1}}}}}`;
      const steps = [{ ask: question }, respond(`{"answer":$ANSWER}`)];
      interface Round {
        readonly resultType: string;
        readonly requestState?: string;
        readonly inputRequests: Record<string, { method: string; params: object }>;
      }
      const { result: round } = await play<Round>(end, steps);
      expect(round?.resultType).toBe("input_required");
      const [[key, asked] = ["", undefined]] = Object.entries(round?.inputRequests ?? {});
      expect(asked).toMatchObject({
        method: "elicitation/create",
        params: { message: "Who é?", requestedSchema: { properties: { n: { vendor: 1 } } } },
      });
      const answer = { action: "accept", content: { n: "é" }, vendor: [1] };
      const params = {
        ...scriptParams("script", steps),
        inputResponses: { [key]: answer },
        requestState: round?.requestState,
      };
      const { result } = await end.peer.request<{ answer: string }>("tools/call", params);
      expect(JSON.parse(result?.answer ?? "").result).toEqual(answer);
    });

    test("an agent that can answer nothing is not asked; the server is told", async () => {
      await using peer = await end.newPeer({ capabilities: {} });
      const question = `{"jsonrpc":"2.0","id":$OWN,"method":"elicitation/create","params":{"mode":"form","message":"m","requestedSchema":{"type":"object","properties":{}}}}`;
      const answer = await play<{ answer?: string }>({ peer, toolName: "script" }, [
        { ask: question },
        respond(`{"answer":$ANSWER}`),
      ]);
      const told = answer.error ?? JSON.parse(answer.result?.answer ?? "{}").error;
      expect(told.code).toBeLessThan(0);
    });
  },
);

test("who closes the stream of a call takes the call back", async () => {
  await using end = await openModernHttpEnd({ era: "modern" });
  const { peer, toolName } = end;
  const steps = [progress(1), { until: "notifications/cancelled" }, respond("{}")];
  const params = scriptParams(toolName, steps, { meta: { progressToken: 1 } });
  const { answer } = peer.call({ jsonrpc: "2.0", id: "cut", method: "tools/call", params });
  await peer.nextMessage(({ method }) => method === "notifications/progress");
  (await answer).cut();
  const isHeard = async (): Promise<boolean> => {
    const { result } = await play<{ notes: string[] }>(end, [respond(`{"notes":$NOTES}`)]);
    return result?.notes.some((note) => note.includes("notifications/cancelled")) ?? false;
  };
  await waitUntil(isHeard, { withinMs: 10_000, what: "The cancellation" });
});
