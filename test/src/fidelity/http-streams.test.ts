import type { RawHttpAnswer, RawMessage } from "@fairlead/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type HttpEnd, openHttpEnd } from "./support/http-end.js";
import { ask, play, respond, type Step, scriptParams, tell } from "./support/script.js";

const news = (n: number): Step => tell("notifications/vendor/news", `{"n":${n}}`);
const isNews = ({ method }: RawMessage): boolean => method === "notifications/vendor/news";
const numberOf = ({ params }: RawMessage): number => (params as { n: number }).n;
const numbers = (to: number): number[] => Array.from({ length: to }, (_, index) => index + 1);

describe.each(["local", "other"] as const)("streams over HTTP, server on the %s executor", (place) => {
  let end: HttpEnd;
  beforeEach(async () => {
    end = await openHttpEnd(place);
  });
  afterEach(async () => end?.[Symbol.asyncDispose]());

  /** A session of its own, whose streams are opened by hand. */
  async function openSession(): Promise<HttpEnd["peer"]> {
    const client = end.newClient();
    await client.request("initialize", {
      protocolVersion: "2025-11-25",
      capabilities: { elicitation: {} },
      clientInfo: { name: "s", version: "1" },
    });
    await client.notify("notifications/initialized");
    return client;
  }

  /** A call by hand, so that its own stream can be watched. */
  async function call(client: HttpEnd["peer"], id: string, steps: readonly Step[]): Promise<RawHttpAnswer> {
    const params = scriptParams("script", steps, { meta: { progressToken: id } });
    return client.call({ jsonrpc: "2.0", id, method: "tools/call", params }).answer;
  }
  const messagesOf = ({ events }: RawHttpAnswer): RawMessage[] =>
    events.filter(({ data }) => data !== "").map(({ data }) => JSON.parse(data));

  test("what comes before there is a stream is kept for it", async () => {
    await using client = await openSession();
    await play({ peer: client, toolName: "script" }, [respond("{}"), news(1), news(2), { pause: 100 }]);
    await play({ peer: client, toolName: "script" }, [{ pause: 150 }, respond("{}")]);
    await client.openStream();
    expect(numberOf(await client.nextMessage(isNews))).toBe(1);
    expect(numberOf(await client.nextMessage(isNews))).toBe(2);
  });

  test("a stream that was cut goes on where it was, without loss and without anything twice", async () => {
    await using client = await openSession();
    const first = await client.openStream();
    const steps = [respond("{}"), ...numbers(20).flatMap((n) => [news(n), { pause: 10 }])];
    await play({ peer: client, toolName: "script" }, steps);
    while (client.messages.filter(isNews).length < 5) await client.nextMessage(isNews);
    first.cut();
    await first.ended;
    const last = first.events.findLast(({ id }) => id !== undefined)?.id;
    const second = await client.openStream(last);
    expect(second.status).toBe(200);
    while (client.messages.filter(isNews).length < 20) await client.nextMessage(isNews);
    expect(client.messages.filter(isNews).map(numberOf)).toEqual(numbers(20));
  });

  test("the stream of a call that was cut is resumed, and brings the rest and the answer", async () => {
    await using client = await openSession();
    const progress = (n: number): Step =>
      tell("notifications/progress", `{"progressToken":$TOKEN,"progress":${n}}`);
    const steps = [...numbers(20).flatMap((n) => [progress(n), { pause: 15 }]), respond(`{"done":1}`)];
    const first = await call(client, "cut", steps);
    await client.nextMessage(({ method }) => method === "notifications/progress");
    first.cut();
    await first.ended;
    const last = first.events.findLast(({ id }) => id !== undefined)?.id;
    const second = await client.openStream(last);
    expect(second.status).toBe(200);
    expect((await client.waitForId("cut")).result).toEqual({ done: 1 });
    const told = client.messages.filter(({ method }) => method === "notifications/progress");
    expect(told.map(({ params }) => (params as { progress: number }).progress)).toEqual(numbers(20));
  });

  test("an answer that came while nobody listened is there when its stream is resumed", async () => {
    await using client = await openSession();
    const first = await call(client, "late", [
      tell("notifications/progress", `{"progressToken":$TOKEN,"progress":1}`),
      { pause: 100 },
      respond(`{"late":1}`),
    ]);
    await client.nextMessage(({ method }) => method === "notifications/progress");
    first.cut();
    await first.ended;
    await play({ peer: client, toolName: "script" }, [{ pause: 300 }, respond("{}")]);
    await client.openStream(first.events.findLast(({ id }) => id !== undefined)?.id);
    expect((await client.waitForId("late")).result).toEqual({ late: 1 });
  });

  test("a question goes over the stream of its call, and so does progress", async () => {
    await using client = await openSession();
    const standing = await client.openStream();
    const steps = [
      tell("notifications/progress", `{"progressToken":$TOKEN,"progress":1}`),
      ask(
        "elicitation/create",
        `{"mode":"form","message":"m","requestedSchema":{"type":"object","properties":{}}}`,
      ),
      respond("{}"),
    ];
    const answer = await call(client, "asks", steps);
    const asked = await client.nextMessage(({ method }) => method === "elicitation/create");
    await client.send({ jsonrpc: "2.0", id: asked.id, result: { action: "cancel" } });
    expect(await answer.ended).toBe("finished");
    expect(messagesOf(answer)).toMatchObject([
      { method: "notifications/progress" },
      { method: "elicitation/create" },
      { id: "asks" },
    ]);
    expect(messagesOf(standing)).toEqual([]);
  });

  test("two calls at once have their own streams, and progress goes to its own", async () => {
    await using client = await openSession();
    const steps = (n: number): Step[] =>
      [1, 2, 3].flatMap((step) => [
        tell("notifications/progress", `{"progressToken":$TOKEN,"progress":${n + step}}`),
        { pause: 20 },
      ]);
    const answers = await Promise.all([
      call(client, "a", [...steps(10), respond("{}")]),
      call(client, "b", [...steps(20), respond("{}")]),
    ]);
    await Promise.all(answers.map(({ ended }) => ended));
    const seen = answers.map((answer) =>
      messagesOf(answer).map(({ id, params }) => id ?? (params as { progress: number }).progress),
    );
    expect(seen).toEqual([
      [11, 12, 13, "a"],
      [21, 22, 23, "b"],
    ]);
  });

  test("a second standing stream does not double what comes", async () => {
    await using client = await openSession();
    const first = await client.openStream();
    const second = await client.openStream();
    expect([200, 409]).toContain(second.status);
    await play({ peer: client, toolName: "script" }, [respond("{}"), news(1), news(2)]);
    while (client.messages.filter(isNews).length < 2) await client.nextMessage(isNews);
    await play({ peer: client, toolName: "script" }, [{ pause: 50 }, respond("{}")]);
    expect(client.messages.filter(isNews).map(numberOf)).toEqual([1, 2]);
    first.cut();
    second.cut();
  });

  test("the end of a session ends its streams in good order", async () => {
    await using client = await openSession();
    const standing = await client.openStream();
    await client.endSession();
    expect(await standing.ended).toBe("finished");
  });

  test("sessions see nothing of each other", async () => {
    await using one = await openSession();
    await using two = await openSession();
    await one.openStream();
    await two.openStream();
    const steps = (n: number): Step[] => [
      tell("notifications/progress", `{"progressToken":$TOKEN,"progress":${n}}`),
      { pause: 30 },
      respond(`{"n":${n}}`),
    ];
    await Promise.all([call(one, "x", steps(1)), call(two, "x", steps(2))]);
    expect((await one.waitForId("x")).result).toEqual({ n: 1 });
    expect((await two.waitForId("x")).result).toEqual({ n: 2 });
    expect(one.messages.filter(({ method }) => method !== undefined).map(({ params }) => params)).toEqual([
      { progressToken: "x", progress: 1 },
    ]);
    expect(two.messages.filter(({ method }) => method !== undefined).map(({ params }) => params)).toEqual([
      { progressToken: "x", progress: 2 },
    ]);
  });
});
