import { afterEach, describe, expect, test } from "vitest";
import { type AgentStream, send } from "./test-support/http-agent.js";
import { type OpenFace, openFace, rpc, until } from "./test-support/open-face.js";

let opened: OpenFace | undefined;

afterEach(async () => {
  await opened?.[Symbol.asyncDispose]();
  opened = undefined;
});

async function face(...args: Parameters<typeof openFace>): Promise<OpenFace> {
  opened = await openFace(...args);
  return opened;
}

/** Small numbers that look random and come again for the same seed. */
function createDice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

function lastIdOf({ events }: AgentStream, before: string): string {
  return events.findLast(({ id }) => id !== undefined)?.id ?? before;
}

describe("a stream that broke", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "goes on behind the last event, with nothing lost or doubled, however often it breaks (seed %i)",
    async (seed) => {
      const { listen, initialize, agents } = await face({ limits: { streamAfterMs: 1 } });
      const headers = await initialize();
      const dice = createDice(seed);
      const count = 400;
      const first = listen({ body: rpc(1, "slow"), headers });
      await until(() => agents[0]?.calls.length === 2);
      const call = agents[0]?.calls.at(-1);
      const talk = async (): Promise<void> => {
        for (let index = 1; index <= count; index += 1) {
          // Some messages span many packets, so that cuts fall inside of them.
          call?.say({ index, padding: "x".repeat(dice(20) === 0 ? 60_000 : dice(100)) });
          if (dice(10) === 0) await new Promise((resolve) => setTimeout(resolve, dice(3)));
        }
        call?.answer("end");
      };
      const talking = talk();
      let stream = await first;
      const got: Record<string, unknown>[] = [];
      let lastId = "";
      for (;;) {
        await stream.until(1 + dice(60));
        stream.cut();
        await stream.over;
        got.push(...stream.messages());
        lastId = lastIdOf(stream, lastId);
        if (got.at(-1)?.["id"] === 1) break;
        stream = await listen({ method: "GET", headers: { ...headers, "last-event-id": lastId } });
        expect(stream.status).toBe(200);
      }
      await talking;
      const indexes = got.map((message) => (message["params"] as { index?: number } | undefined)?.index);
      const expected: (number | undefined)[] = Array.from({ length: count }, (_, index) => index + 1);
      expect(indexes).toEqual([...expected, undefined]);
    },
  );

  test("goes on while the old connection still stands, which is let go", async () => {
    const { listen, initialize, agents } = await face({ limits: { streamAfterMs: 1 } });
    const headers = await initialize();
    const first = await listen({ body: rpc(1, "slow"), headers });
    const call = agents[0]?.calls.at(-1);
    call?.say({ index: 1 });
    await first.until(1);
    const seen = await first.idAt("1-1");
    const second = await listen({ method: "GET", headers: { ...headers, "last-event-id": seen } });
    await first.over;
    call?.say({ index: 2 });
    call?.answer("end");
    await second.over;
    expect(second.messages()).toHaveLength(2);
  });

  test("is not gone on with behind an event that never was, or was of another session: nothing is dropped", async () => {
    const { ask, listen, initialize, agents } = await face();
    const former = await listen({ method: "GET", headers: await initialize() });
    const headers = await initialize();
    agents[1]?.say({ index: 1 });
    agents[1]?.say({ index: 2 });
    const standing = await listen({ method: "GET", headers });
    await standing.until(2);
    standing.cut();
    await standing.over;
    agents[1]?.say({ index: 3 });
    const statusOf = async (lastEventId: string): Promise<number> =>
      (await ask({ method: "GET", headers: { ...headers, "last-event-id": lastEventId } })).status;
    expect(await statusOf(await standing.idAt("0-57"))).toBe(400);
    expect(await statusOf(await former.idAt("0-3"))).toBe(400);
    const seen = await standing.idAt("0-1");
    const rest = await listen({ method: "GET", headers: { ...headers, "last-event-id": seen } });
    expect((await rest.until(2)).map(({ params }) => params)).toEqual([{ index: 2 }, { index: 3 }]);
  });

  test("has nothing more for who has seen its end", async () => {
    const { ask, listen, initialize } = await face();
    const headers = await initialize();
    const stream = await listen({ body: rpc(1, "count", { count: 1 }), headers });
    await stream.over;
    const end = await stream.idAt("1-2");
    const again = await ask({ method: "GET", headers: { ...headers, "last-event-id": end } });
    expect(again.status).toBe(204);
  });

  test("gives its last messages again to who did not get them", async () => {
    const { listen, initialize } = await face();
    const headers = await initialize();
    const stream = await listen({ body: rpc(1, "count", { count: 3 }), headers });
    await stream.over;
    const seen = await stream.idAt("1-2");
    const again = await listen({ method: "GET", headers: { ...headers, "last-event-id": seen } });
    await again.over;
    expect(again.places()).toEqual(["1-3", "1-4"]);
  });

  test("keeps its answer when there were more messages than are kept", async () => {
    const { listen, initialize, agents } = await face({ limits: { streamAfterMs: 1, replayBytes: 2_000 } });
    const headers = await initialize();
    const stream = await listen({ body: rpc(1, "slow"), headers });
    const start = await stream.idAt("1-0");
    stream.cut();
    await stream.over;
    const call = agents[0]?.calls.at(-1);
    for (let index = 1; index <= 100; index += 1) call?.say({ index, padding: "x".repeat(100) });
    call?.answer("x".repeat(10_000));
    const rest = await listen({ method: "GET", headers: { ...headers, "last-event-id": start } });
    await rest.over;
    const messages = rest.messages();
    expect(messages.at(-1)).toMatchObject({ id: 1, result: "x".repeat(10_000) });
    expect(messages.at(-2)).toMatchObject({ params: { index: 100 } });
    expect(messages.length).toBeLessThan(20);
  });
});

describe("the standing stream", () => {
  test("begins with what waited for it", async () => {
    const { listen, initialize, agents } = await face();
    const headers = await initialize();
    for (let index = 1; index <= 3; index += 1) agents[0]?.say({ index });
    const standing = await listen({ method: "GET", headers });
    expect(await standing.until(3)).toHaveLength(3);
    expect(standing.places()).toEqual(["0-0", "0-1", "0-2", "0-3"]);
    agents[0]?.say({ index: 4 });
    expect((await standing.until(4)).at(-1)).toMatchObject({ params: { index: 4 } });
  });

  test("is one: another is refused while it stands, and taken once it is gone", async () => {
    const { ask, listen, initialize, agents } = await face();
    const headers = await initialize();
    const first = await listen({ method: "GET", headers });
    expect((await ask({ method: "GET", headers })).status).toBe(409);
    first.cut();
    await first.over;
    let second = await listen({ method: "GET", headers });
    while (second.status === 409) second = await listen({ method: "GET", headers });
    agents[0]?.say({ index: 1 });
    expect(await second.until(1)).toHaveLength(1);
  });

  test("does not give again what a former one was sent, unless asked to", async () => {
    const { listen, initialize, agents } = await face();
    const headers = await initialize();
    const first = await listen({ method: "GET", headers });
    agents[0]?.say({ index: 1 });
    agents[0]?.say({ index: 2 });
    await first.until(2);
    const seen = await first.idAt("0-1");
    const again = await listen({ method: "GET", headers: { ...headers, "last-event-id": seen } });
    expect(await again.until(1)).toMatchObject([{ params: { index: 2 } }]);
    again.cut();
    await again.over;
    let fresh = await listen({ method: "GET", headers });
    while (fresh.status === 409) fresh = await listen({ method: "GET", headers });
    agents[0]?.say({ index: 3 });
    expect(await fresh.until(1)).toMatchObject([{ params: { index: 3 } }]);
    expect(fresh.places()[0]).toBe("0-2");
  });

  test("that nobody reads holds nothing up, is bounded, and says once that it drops", async () => {
    const { initialize, agents, events } = await face({ limits: { replayBytes: 10_000 } });
    await initialize();
    for (let index = 0; index < 10_000; index += 1) agents[0]?.say({ index, padding: "x".repeat(1_000) });
    expect(agents[0]?.egress.queuedBytes).toBe(0);
    expect(events.filter(({ type }) => type === "warning")).toHaveLength(1);
  });

  test("shows life where there is nothing to say", async () => {
    const { initialize, url } = await face({ limits: { keepAliveMs: 20 } });
    const headers = await initialize();
    const [response, sent] = await send(url, { method: "GET", headers });
    let text = "";
    response.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    await until(() => text.split("\n: \n").length > 2);
    sent.destroy();
    expect(text).toMatch(/^id: [0-9a-f]{6}-0-0\nretry: 1000\ndata: \n\n(?:: \n\n){2}/);
  });
});
