import type { RecordedRequest } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { carries, countOf, type HandMade, startHandMade } from "./support/hand-made.js";
import { type Place, places } from "./support/places.js";
import { failureOf, reach } from "./support/reach.js";

/** What a server does instead of answering. */
type Trouble = number | "hangs up";

/** Lets a server fail so many requests that carry a method. */
function trouble(
  { front }: HandMade,
  method: string,
  what: { readonly does: Trouble; readonly times: number; readonly headers?: Record<string, string> },
): void {
  const { does, times, headers } = what;
  front.intercept({
    when: carries(method),
    times,
    answer: (_request, response) => {
      if (does === "hangs up") response.destroy();
      else response.writeHead(does, headers).end("try later");
    },
  });
}

function gapsMs(requests: readonly RecordedRequest[]): readonly number[] {
  return requests.slice(1).map(({ atMs }, index) => atMs - (requests[index]?.atMs ?? 0));
}

const transient: readonly Trouble[] = [408, 429, 500, 502, 503, 504, "hangs up"];
const final = [400, 401, 403, 422, 501] as const;

describe.each(places)("from %s", (_, openPlace) => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
  });
  afterAll(async () => place?.[Symbol.asyncDispose]());

  // Most of these tests wait, each on a server of its own.
  describe.concurrent.each([
    { protocol: "legacy", handshake: "initialize" },
    { protocol: "modern", handshake: "server/discover" },
  ] as const)("in the $protocol era", ({ protocol, handshake }) => {
    test("a handshake that fails for now is tried three times, 250 ms and 1 s apart", async () => {
      await Promise.all(
        transient.map(async (does) => {
          await using made = await startHandMade({ era: protocol });
          trouble(made, handshake, { does, times: 2 });
          await using reached = await reach(place, made.url, { protocol });
          expect((await reached.tool("echo")).content[0]?.text).toBe("called");
          const gaps = gapsMs(made.front.requests.filter(carries(handshake)));
          expect(gaps, `after ${does}`).toHaveLength(2);
          const [first = 0, second = 0] = gaps;
          expect(first, `after ${does}`).toBeGreaterThanOrEqual(150);
          expect(second, `after ${does}`).toBeGreaterThanOrEqual(800);
          expect(first + second, `after ${does}`).toBeLessThan(10_000);
        }),
      );
    });

    test("a handshake is given up after the third try, told by its status", async () => {
      await using made = await startHandMade({ era: protocol });
      trouble(made, handshake, { does: 503, times: 9 });
      const failure = await failureOf(reach(place, made.url, { protocol }));
      expect(failure).toMatchObject({ code: "unavailable", reason: "http_status" });
      expect(failure.details).toMatchObject({ failure: "http_status", status: 503 });
      expect(countOf(made.front, handshake)).toBe(3);
    });

    test.each(final)("a handshake that meets %s is not repeated", async (status) => {
      await using made = await startHandMade({ era: protocol });
      trouble(made, handshake, { does: status, times: 9 });
      const failure = await failureOf(reach(place, made.url, { protocol }));
      expect(failure.details).toMatchObject({ status });
      expect(countOf(made.front, handshake)).toBe(1);
    });

    test("a list that fails for now is tried three times", async () => {
      await Promise.all(
        transient.map(async (does) => {
          await using made = await startHandMade({ era: protocol });
          await using reached = await reach(place, made.url, { protocol });
          trouble(made, "tools/list", { does, times: 2 });
          expect(await reached.result("tools/list")).toHaveProperty("tools");
          expect(countOf(made.front, "tools/list"), `after ${does}`).toBe(3);
        }),
      );
    });

    test.each([502, 504, "hangs up"] as const)("a call that meets %s is not repeated", async (does) => {
      await using made = await startHandMade({ era: protocol });
      await using reached = await reach(place, made.url, { protocol });
      trouble(made, "tools/call", { does, times: 9 });
      const failure = await failureOf(reached.tool("echo"));
      expect(failure).toMatchObject({
        code: "unavailable",
        reason: does === "hangs up" ? "connection_reset" : "http_status",
        effect: "unknown",
      });
      expect(countOf(made.front, "tools/call")).toBe(1);
      expect(await reached.result("tools/list")).toHaveProperty("tools");
    });

    test("a call that may be repeated is, where nothing was received", async () => {
      await using made = await startHandMade({ era: protocol });
      await using reached = await reach(place, made.url, { protocol });
      trouble(made, "tools/call", { does: "hangs up", times: 1 });
      const answer = await reached.tool("echo", {}, { isRepeatable: true });
      expect(answer.content[0]?.text).toBe("called");
      expect(countOf(made.front, "tools/call")).toBe(2);
    });

    test("a reading is repeated once where nobody answered, and not for a status", async () => {
      await using made = await startHandMade({ era: protocol });
      made.server.on(
        "resources/read",
        () => `{"resultType":"complete","ttlMs":0,"cacheScope":"private","contents":[]}`,
      );
      await using reached = await reach(place, made.url, { protocol });
      trouble(made, "resources/read", { does: "hangs up", times: 1 });
      expect(await reached.result("resources/read", { uri: "x:1" })).toHaveProperty("contents");
      expect(countOf(made.front, "resources/read")).toBe(2);
      trouble(made, "resources/read", { does: "hangs up", times: 9 });
      await failureOf(reached.result("resources/read", { uri: "x:1" }));
      expect(countOf(made.front, "resources/read")).toBe(4);
      trouble(made, "resources/read", { does: 503, times: 9 });
      await failureOf(reached.result("resources/read", { uri: "x:1" }));
      expect(countOf(made.front, "resources/read")).toBe(5);
    });

    test("Retry-After is waited for", async () => {
      await using made = await startHandMade({ era: protocol });
      await using reached = await reach(place, made.url, { protocol });
      trouble(made, "tools/list", { does: 429, times: 1, headers: { "retry-after": "1" } });
      await reached.result("tools/list");
      const [gap = 0] = gapsMs(made.front.requests.filter(carries("tools/list")));
      expect(gap).toBeGreaterThanOrEqual(950);
    });

    test("one deadline holds for the whole start, its waits included", async () => {
      await using made = await startHandMade({ era: protocol });
      trouble(made, handshake, { does: 503, times: 9, headers: { "retry-after": "600" } });
      const startedAtMs = performance.now();
      const failure = await failureOf(reach(place, made.url, { protocol, startupTimeoutMs: 1_500 }));
      expect(["http_status", "handshake_timeout"]).toContain(failure.details["failure"]);
      made.front.intercept({ when: carries(handshake), answer: () => undefined });
      const silent = await failureOf(reach(place, made.url, { protocol, startupTimeoutMs: 1_500 }));
      expect(silent.details["failure"]).toBe("handshake_timeout");
      expect(performance.now() - startedAtMs).toBeLessThan(5_000);
    });

    test("an error of the server is an answer, and is not repeated", async () => {
      await using made = await startHandMade({ era: protocol });
      await using reached = await reach(place, made.url, { protocol });
      await expect(reached.result("prompts/list")).rejects.toMatchObject({ code: -32_601 });
      expect(countOf(made.front, "prompts/list")).toBe(1);
    });
  });

  test("nothing of a greeting that failed is used again", async () => {
    await using made = await startHandMade();
    const stale = { "mcp-session-id": "stale" };
    trouble(made, "initialize", { does: 503, times: 1, headers: stale });
    await using reached = await reach(place, made.url, { protocol: "legacy" });
    await reached.tool("echo");
    const ids = made.front.requests.map(({ headers }) => headers["mcp-session-id"]);
    expect(ids.slice(0, 2)).toEqual([undefined, undefined]);
    expect(ids.slice(2)).toEqual(ids.slice(2).map(() => [...made.server.sessions.keys()][0]));
  });

  test("a greeting whose second half fails for now repeats that half", async () => {
    await using made = await startHandMade();
    trouble(made, "notifications/initialized", { does: 503, times: 2 });
    await using reached = await reach(place, made.url, { protocol: "legacy" });
    await reached.tool("echo");
    expect(countOf(made.front, "initialize")).toBe(1);
    expect(countOf(made.front, "notifications/initialized")).toBe(3);
    const later = made.front.requests.slice(1).map(({ headers }) => headers["mcp-session-id"]);
    expect(new Set(later).size).toBe(1);
  });
});
