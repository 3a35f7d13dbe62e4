import { createDeferred, type Deferred } from "@fairlead/core";
import type { CallAnswer } from "@fairlead/mcp";
import { describe, expect, test, vi } from "vitest";
import type { CallWork } from "./agent-calls.js";
import { askAgent } from "./ask-agent.js";
import {
  type Answer,
  elicit,
  fakeCallTimers,
  keysOf,
  openAgent,
  parse,
  ready,
  server,
  settled,
} from "./test-support/asked-agent.js";

fakeCallTimers();

describe("a call that asks", () => {
  test("is answered with its questions, and with its result when they are answered", async () => {
    const { calls, request, repeat } = openAgent();
    const first = request(async (call) => {
      const name = parse(await askAgent(elicit("Who?"), { call }));
      const age = parse(await askAgent(elicit("How old?"), { call }));
      return { kind: "result", result: Buffer.from(JSON.stringify({ name, age })) };
    });
    const asked = await first.answer;
    expect(asked).toMatchObject({
      resultType: "input_required",
      inputRequests: { q1: { method: "elicitation/create", params: { message: "Who?" } } },
    });
    expect(calls.parkedCount).toBe(1);
    const next = await repeat(asked, { q1: { action: "accept", content: { name: "Ada" } } }).answer;
    expect(next).toMatchObject({ inputRequests: { q2: { params: { message: "How old?" } } } });
    const result = await repeat(next, { q2: { action: "decline" } }).answer;
    expect(result).toEqual({
      name: { action: "accept", content: { name: "Ada" } },
      age: { action: "decline" },
    });
    expect([calls.liveCount, calls.parkedCount, vi.getTimerCount()]).toEqual([0, 0, 0]);
  });

  test("puts questions together that come together, and again those that were left out", async () => {
    const { request, repeat } = openAgent();
    const asked = await request(async (call) => {
      await Promise.all([askAgent(elicit("a"), { call }), askAgent(elicit("b"), { call })]);
      return ready;
    }).answer;
    expect(keysOf(asked)).toEqual(["q1", "q2"]);
    const again = await repeat(asked, { q2: { action: "cancel" } }).answer;
    expect(keysOf(again)).toEqual(["q1"]);
    expect(await repeat(again, { q1: { action: "cancel" } }).answer).toEqual({ content: [] });
  });

  test("keeps what comes between two requests of the agent", async () => {
    const { calls, request, repeat } = openAgent();
    const abort = new AbortController();
    const asked = await request(async (call) => {
      await askAgent({ ...elicit("a"), signal: abort.signal }, { call });
      return ready;
    }).answer;
    abort.abort("The server has changed its mind");
    await settled();
    expect(calls.parkedCount).toBe(1);
    expect(await repeat(asked, { q1: { action: "cancel" } }).answer).toEqual({ content: [] });
  });

  test("speaks to the request that is open", async () => {
    const { request, repeat } = openAgent();
    const goOn = createDeferred<void>();
    const first = request(async (call) => {
      await askAgent(elicit("a"), { call });
      call.sink.push(Buffer.from("hello"));
      await goOn.promise;
      return ready;
    });
    const second = repeat(await first.answer, { q1: { action: "cancel" } });
    goOn.resolve();
    await second.answer;
    expect([first.sunk, second.sunk]).toEqual([[], ["hello"]]);
  });
});

describe("a call that ends", () => {
  test("because the agent takes its request back gives up, and settles what was asked", async () => {
    const { calls, request } = openAgent();
    const told: Answer[] = [];
    let reason: unknown;
    const round = request(async (call) => {
      call.signal.addEventListener("abort", () => {
        reason = call.signal.reason;
      });
      told.push(parse(await askAgent(elicit("a"), { call })));
      return ready;
    });
    round.abort.abort("enough");
    await expect(round.answer).rejects.toBe("enough");
    await settled();
    expect(reason).toBe("enough");
    expect(told).toMatchObject([{ error: { message: expect.stringContaining("enough") } }]);
    expect(calls.liveCount).toBe(0);
  });

  test("because the agent does not come back says so to whoever asked, and tells a late agent to start over", async () => {
    const { calls, request, repeat } = openAgent({ parkedMs: 1_000 });
    const told: Answer[] = [];
    const asked = await request(async (call) => {
      told.push(parse(await askAgent(elicit("a"), { call })));
      return ready;
    }).answer;
    vi.advanceTimersByTime(1_001);
    await settled();
    expect(told).toMatchObject([{ error: { message: expect.stringContaining("did not come back") } }]);
    expect(calls.liveCount).toBe(0);
    await expect(repeat(asked, {}).answer).rejects.toMatchObject({
      code: "not_found",
      reason: "state_unknown",
      message: expect.stringContaining("start over"),
    });
  });

  test("makes room: of too many that wait, the one that waits longest", async () => {
    const { calls, request, repeat } = openAgent({ maxParked: 2 });
    const work: CallWork = async (call) => {
      await askAgent(elicit("a"), { call });
      return ready;
    };
    const asked = [await request(work).answer, await request(work).answer, await request(work).answer];
    expect(calls.parkedCount).toBe(2);
    await expect(repeat(asked[0] ?? {}, {}).answer).rejects.toMatchObject({ reason: "state_unknown" });
    expect(await repeat(asked[1] ?? {}, { q1: { action: "cancel" } }).answer).toEqual({ content: [] });
    calls.close();
    await settled();
    expect([calls.liveCount, vi.getTimerCount()]).toEqual([0, 0]);
  });
});

test("a state is for the request that it was given to", async () => {
  const { request, repeat } = openAgent();
  const asked = await request(async (call) => {
    await askAgent(elicit("a"), { call });
    return ready;
  }).answer;
  await expect(repeat(asked, {}, "other").answer).rejects.toMatchObject({
    code: "usage",
    message: expect.stringContaining("belongs to tools/call t, not to tools/call other"),
  });
});

describe("a question that cannot be put", () => {
  test.each([
    ["a method of somebody's own", { method: "vendor/ask" }, {}, "vendor/ask cannot be passed on"],
    ["one during a request that must not ask", {}, { method: "tools/list" }, "tools/list cannot be answered"],
    ["one that the agent cannot answer", {}, { capabilities: {} }, "Missing required client capabilities"],
    [
      "a page for an agent that only has forms",
      { params: Buffer.from('{"mode":"url"}') },
      { capabilities: { elicitation: {} } },
      "Missing required client capabilities",
    ],
  ])("%s is answered with an error that names it", async (_what, asking, given, message) => {
    const { calls, request } = openAgent();
    const round = request(async (call) => askAgent({ ...elicit("a"), ...asking }, { call }), given);
    expect(await round.answer).toMatchObject({ error: { message: expect.stringContaining(message) } });
    expect(calls.liveCount).toBe(0);
  });

  test("one that belongs to no call of the agent", async () => {
    const { calls } = openAgent();
    for (const owner of [undefined, { server, calls }]) {
      expect(parse(await askAgent(elicit("a"), owner))).toMatchObject({
        error: { message: expect.stringContaining("no request of it is open") },
      });
    }
  });
});

describe("a question of which nobody knows whose it is", () => {
  const waiting =
    (done: Deferred<CallAnswer>): CallWork =>
    (call) => {
      call.enter(server);
      return done.promise;
    };

  test("goes to calls that wait for its server, to each as many as to the others", async () => {
    const { calls, request, repeat } = openAgent();
    const ends = [createDeferred<CallAnswer>(), createDeferred<CallAnswer>()];
    const rounds = ends.map((end) => request(waiting(end)));
    const told = ["a", "b"].map((text) => askAgent(elicit(text), { server, calls }));
    const asked = await Promise.all(rounds.map(({ answer }) => answer));
    expect(asked.map(keysOf)).toEqual([["q1"], ["q1"]]);
    const last = asked.map((one) => repeat(one, { q1: { action: "accept" } }));
    expect((await Promise.all(told)).map(parse)).toEqual([{ action: "accept" }, { action: "accept" }]);
    for (const end of ends) end.resolve(ready);
    expect(await Promise.all(last.map(({ answer }) => answer))).toHaveLength(2);
  });

  test("goes to a call whose agent listens, however often that was asked, and not to one that was left", async () => {
    const { calls, request, repeat } = openAgent();
    const left = request(waiting(createDeferred<CallAnswer>()));
    void askAgent(elicit("of the call that is left"), { server, calls });
    await left.answer;
    const end = createDeferred<CallAnswer>();
    let round = request(waiting(end));
    for (const key of ["q1", "q2", "q3"]) {
      const told = askAgent(elicit("of the other one"), { server, calls });
      const asked = await round.answer;
      expect(keysOf(asked)).toEqual([key]);
      round = repeat(asked, { [key]: { action: "accept" } });
      expect(parse(await told)).toEqual({ action: "accept" });
    }
    end.resolve(ready);
    expect(await round.answer).toEqual({ content: [] });
    calls.close();
  });

  test("moves on when its call ends before the agent was asked", async () => {
    const { calls, request, repeat } = openAgent();
    const ends = [createDeferred<CallAnswer>(), createDeferred<CallAnswer>()];
    const [first, second] = ends.map((end) => request(waiting(end)));
    const told = askAgent(elicit("a"), { server, calls });
    ends[0]?.resolve(ready);
    expect(await first?.answer).toEqual({ content: [] });
    const last = repeat((await second?.answer) ?? {}, { q1: { action: "accept" } });
    expect(parse(await told)).toEqual({ action: "accept" });
    ends[1]?.resolve(ready);
    expect(await last.answer).toEqual({ content: [] });
    expect(calls.liveCount).toBe(0);
  });

  test("is not asked twice when its call ends while the agent thinks about it", async () => {
    const { calls, request, repeat } = openAgent();
    const ends = [createDeferred<CallAnswer>(), createDeferred<CallAnswer>()];
    const [first, second] = ends.map((end) => request(waiting(end)));
    const told = askAgent(elicit("a"), { server, calls });
    const asked = (await first?.answer) ?? {};
    ends[0]?.resolve(ready);
    await settled();
    expect(await repeat(asked, { q1: { action: "accept" } }).answer).toEqual({ content: [] });
    expect(parse(await told)).toEqual({ action: "accept" });
    ends[1]?.resolve(ready);
    expect(await second?.answer).toEqual({ content: [] });
    expect(calls.liveCount).toBe(0);
  });

  test("moves on when the agent comes back without an answer to a call that has ended", async () => {
    const { calls, request, repeat } = openAgent();
    const ends = [createDeferred<CallAnswer>(), createDeferred<CallAnswer>()];
    const [first, second] = ends.map((end) => request(waiting(end)));
    const told = askAgent(elicit("a"), { server, calls });
    const asked = (await first?.answer) ?? {};
    ends[0]?.resolve(ready);
    await settled();
    expect(await repeat(asked, {}).answer).toEqual({ content: [] });
    const last = repeat((await second?.answer) ?? {}, { q1: { action: "cancel" } });
    expect(parse(await told)).toEqual({ action: "cancel" });
    ends[1]?.resolve(ready);
    expect(await last.answer).toEqual({ content: [] });
  });

  test("is refused by what is missing, if no agent that waits can answer it", async () => {
    const { calls, request } = openAgent();
    const end = createDeferred<CallAnswer>();
    const round = request(waiting(end), { capabilities: {} });
    expect(parse(await askAgent(elicit("a"), { server, calls }))).toMatchObject({ error: { code: -32021 } });
    end.resolve(ready);
    await round.answer;
  });
});
