import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectText } from "./support/expect-text.js";
import { allFaces, type OpenFace, openFace, singleFaces } from "./support/faces.js";
import { play, respond, type Step, scriptedServer, scriptParams, tell } from "./support/script.js";

const done = `{"content":[]}`;
const progress = (step: number, more = ""): Step =>
  tell("notifications/progress", `{"progressToken":$TOKEN,"progress":${step}${more}}`);

describe.each(allFaces)("over $title", (way) => {
  let open: OpenFace;
  beforeAll(async () => {
    open = await openFace(way, { server: scriptedServer() });
  });
  afterAll(async () => open?.[Symbol.asyncDispose]());

  /** Everything that came for a token, and the place of an answer among all messages. */
  const progressOf = (token: unknown): unknown[] =>
    open.peer.messages
      .filter(({ method }) => method === "notifications/progress")
      .map(({ params }) => params as Record<string, unknown>)
      .filter(({ progressToken }) => Object.is(progressToken, token))
      .map((params) => params["progress"]);

  test.each([
    ["a text", "tok é"],
    ["an empty text", ""],
    ["a text of digits", "12"],
    ["a number", 12],
    ["zero", 0],
  ])("progress comes with the token that is %s", async (_, progressToken) => {
    await play(open, [progress(1), progress(2.5), respond(done)], { meta: { progressToken } });
    expect(progressOf(progressToken)).toEqual([1, 2.5]);
  });

  test("progress keeps what nobody knows", async () => {
    const more = `,"total":3,"message":"m\\u00e9","vendor":{"a":[]},"_meta":{"b":1}`;
    await play(open, [progress(1, more), respond(done)], { meta: { progressToken: "odd" } });
    const told = await open.peer.nextMessage(
      ({ params }) => (params as { progressToken?: unknown } | undefined)?.progressToken === "odd",
    );
    expect(told.params).toEqual({ progressToken: "odd", ...JSON.parse(`{"progress":1${more}}`) });
  });

  test("a hundred messages of progress come in order, the last one before the answer", async () => {
    const steps = Array.from({ length: 100 }, (_, index) => progress(index + 1));
    const answer = await play(open, [...steps, respond(done)], { meta: { progressToken: "many" } });
    expect(progressOf("many")).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    const at = open.peer.messages.indexOf(answer);
    const last = open.peer.messages.findLastIndex(
      ({ params }) => (params as { progressToken?: unknown } | undefined)?.progressToken === "many",
    );
    expect(last).toBeLessThan(at);
  });

  test("the progress of two calls at once does not cross", async () => {
    const steps = (base: number): Step[] => [1, 2, 3, 4].flatMap((n) => [progress(base + n), { pause: 5 }]);
    await Promise.all([
      play(open, [...steps(10), respond(done)], { meta: { progressToken: "left" } }),
      play(open, [...steps(20), respond(done)], { meta: { progressToken: 99 } }),
    ]);
    expect(progressOf("left")).toEqual([11, 12, 13, 14]);
    expect(progressOf(99)).toEqual([21, 22, 23, 24]);
  });

  test("equal tokens of two agents do not cross", async () => {
    const other = { ...(await open.openAgent()), toolName: open.toolName };
    const meta = { progressToken: "shared" };
    await Promise.all([
      play(open, [progress(1), { pause: 20 }, progress(2), respond(done)], { meta }),
      play(other, [progress(101), { pause: 20 }, progress(102), respond(done)], { meta }),
    ]);
    expect(progressOf("shared")).toEqual([1, 2]);
    const theirs = other.peer.messages.filter(({ method }) => method === "notifications/progress");
    expect(theirs.map(({ params }) => (params as { progress: number }).progress)).toEqual([101, 102]);
  });

  test("a call without a token gets none on its way", async () => {
    const { result } = await play<{ line: string }>(open, [respond(`{"line":$LINE}`)]);
    expect(JSON.parse(result?.line ?? "").params._meta?.progressToken).toBeUndefined();
  });

  test("a cancellation reaches the server with the id that the server knows, and its reason", async () => {
    const steps = [
      tell("notifications/vendor/began", "{}"),
      { until: "notifications/cancelled" },
      tell("notifications/vendor/heard", `{"line":$ANSWER}`),
    ];
    const id = "to-be-cancelled";
    await open.peer.send({
      jsonrpc: "2.0",
      id,
      method: "tools/call",
      params: scriptParams(open.toolName, steps),
    });
    await open.peer.nextMessage(({ method }) => method === "notifications/vendor/began");
    await open.peer.notify("notifications/cancelled", { requestId: id, reason: "enough é" });
    const heard = await open.peer.nextMessage(({ method }) => method === "notifications/vendor/heard");
    const { line } = heard.params as { line: string };
    expect(JSON.parse(line)).toMatchObject({
      method: "notifications/cancelled",
      params: { reason: "enough é" },
    });
    expect((await play(open, [respond(done)])).result).toEqual({ content: [] });
    expect(open.peer.messages.filter((message) => message.id === id && "result" in message)).toEqual([]);
  });

  test("a cancellation of something unknown disturbs nobody", async () => {
    await open.peer.notify("notifications/cancelled", { requestId: "never-sent" });
    expect((await play(open, [respond(done)])).result).toEqual({ content: [] });
  });

  test("the server takes a question back under the id that the agent knows", async () => {
    const question = `{"jsonrpc":"2.0","id":"taken-back","method":"elicitation/create","params":{"mode":"form","message":"Who?","requestedSchema":{"type":"object","properties":{}}}}`;
    const cancel = tell("notifications/cancelled", `{"requestId":"taken-back","reason":"never mind"}`);
    const call = play(open, [{ send: question }, { pause: 50 }, cancel, respond(done)]);
    const asked = await open.peer.nextMessage(({ method }) => method === "elicitation/create");
    const taken = await open.peer.nextMessage(({ method }) => method === "notifications/cancelled");
    expect(taken.params).toMatchObject({ requestId: asked.id, reason: "never mind" });
    await call;
  });

  test.each(["tools", "prompts", "resources"])("the server tells that its %s have changed", async (what) => {
    await play(open, [tell(`notifications/${what}/list_changed`, "{}"), respond(done)]);
    const told = open.peer.nextMessage(({ method }) => method === `notifications/${what}/list_changed`);
    expect(await told).not.toHaveProperty("id");
  });

  test("log messages pass with all that they hold, once the level was set", async () => {
    expect((await open.peer.request("logging/setLevel", { level: "debug" })).error).toBeUndefined();
    const params = `{"level":"warning","logger":"l","data":{"deep":[1,null]},"vendor":1,"_meta":{"a":1}}`;
    await play(open, [tell("notifications/message", params), respond(done)]);
    const told = await open.peer.nextMessage(
      ({ method, params: held }) =>
        method === "notifications/message" && (held as { logger?: string }).logger === "l",
    );
    expect(told.params).toMatchObject(JSON.parse(params));
  });
});

describe.each(singleFaces)("over $title", (way) => {
  let open: OpenFace;
  beforeAll(async () => {
    open = await openFace(way, { server: scriptedServer() });
  });
  afterAll(async () => open?.[Symbol.asyncDispose]());

  test("a subscription reaches the server, its news reach the agent until it ends", async () => {
    const uri = "watched:é";
    const subscribed = await open.peer.request<{ line: string }>("resources/subscribe", { uri });
    expect(JSON.parse(subscribed.result?.line ?? "")).toMatchObject({
      method: "resources/subscribe",
      params: { uri },
    });
    const params = `{"uri":"${uri}","vendor":{"a":1},"title":"T"}`;
    await play(open, [tell("notifications/resources/updated", params), respond(done)]);
    const told = await open.peer.nextMessage(({ method }) => method === "notifications/resources/updated");
    expectText(open, told, ["params", params]);
    const ended = await open.peer.request<{ line: string }>("resources/unsubscribe", { uri });
    expect(JSON.parse(ended.result?.line ?? "")).toMatchObject({
      method: "resources/unsubscribe",
      params: { uri },
    });
  });

  test("the server hears that the agent's roots have changed", async () => {
    const heard = play<{ line: string }>(open, [
      tell("notifications/vendor/waits", "{}"),
      { until: "notifications/roots/list_changed" },
      respond(`{"line":$ANSWER}`),
    ]);
    await open.peer.nextMessage(({ method }) => method === "notifications/vendor/waits");
    await open.peer.notify("notifications/roots/list_changed", { _meta: { a: 1 } });
    expect(JSON.parse((await heard).result?.line ?? "")).toMatchObject({
      method: "notifications/roots/list_changed",
    });
  });
});
