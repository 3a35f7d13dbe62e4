import { startHttpFront } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { countOf, startHandMade } from "./support/hand-made.js";
import { type Place, places } from "./support/places.js";
import { failureOf, reach } from "./support/reach.js";

const legacy = { protocol: "legacy" } as const;
const secretHeaders = { authorization: "Bearer SENTINEL", "x-api-key": "SENTINEL" };

describe.each(places)("from %s", (_, openPlace) => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
  });
  afterAll(async () => place?.[Symbol.asyncDispose]());

  describe.each(["legacy", "modern"] as const)("to a server of the %s era", (protocol) => {
    test("the configured headers are in every request, asked for anew each time", async () => {
      await using made = await startHandMade({ era: protocol });
      let asked = 0;
      {
        await using reached = await reach(place, made.url, {
          protocol,
          headers: () => {
            asked += 1;
            return { values: { "x-turn": String(asked), authorization: "Bearer one" } };
          },
        });
        await reached.result("tools/list");
        await reached.tool("echo");
        if (protocol === "legacy") await made.front.nextRequest(({ method }) => method === "GET");
      }
      const { requests } = made.front;
      expect(requests.every(({ headers }) => headers.authorization === "Bearer one")).toBe(true);
      expect(new Set(requests.map(({ headers }) => headers["x-turn"])).size).toBe(requests.length);
    });

    test("the headers of a call are in its request only, over the configured ones", async () => {
      await using made = await startHandMade({ era: protocol });
      await using reached = await reach(place, made.url, {
        protocol,
        headers: () => ({ values: { "x-tenant": "all", "x-fixed": "1" } }),
      });
      await reached.result("tools/list", undefined, { headers: { "X-Tenant": "mine", "x-more": "2" } });
      await reached.tool("echo");
      const list = await made.front.nextRequest(({ rpc }) => rpc?.method === "tools/list");
      expect(list.headers).toMatchObject({ "x-tenant": "mine", "x-fixed": "1", "x-more": "2" });
      const call = await made.front.nextRequest(({ rpc }) => rpc?.method === "tools/call");
      expect(call.headers["x-tenant"]).toBe("all");
      expect(call.headers).not.toHaveProperty("x-more");
    });

    test("two servers on one origin have headers of their own", async () => {
      await using made = await startHandMade({ era: protocol });
      const open = (path: string, values: Record<string, string>): ReturnType<typeof reach> =>
        reach(place, made.front.url(path), { protocol, headers: () => ({ values }) });
      await using one = await open("/one", { "x-one": "1" });
      await using two = await open("/two", { "x-two": "2" });
      await Promise.all([one.tool("echo"), two.tool("echo"), one.result("tools/list")]);
      for (const { path, headers } of made.front.requests) {
        expect(["x-one" in headers, "x-two" in headers]).toEqual([path === "/one", path === "/two"]);
      }
    });

    test("a value of the environment is read where the request leaves", async () => {
      await using made = await startHandMade({ era: protocol });
      await using reached = await reach(place, made.url, {
        protocol,
        headers: () => ({
          values: {},
          fromEnv: [
            { header: "x-path", name: "PATH", prefix: "Bearer " },
            { header: "x-unset", name: "FAIRLEAD_TEST_NEVER_SET" },
          ],
        }),
      });
      await reached.tool("echo");
      for (const { headers } of made.front.requests) {
        expect(headers["x-path"]).toBe(`Bearer ${process.env["PATH"]}`);
        expect(headers).not.toHaveProperty("x-unset");
      }
      const required = { header: "x-must", name: "FAIRLEAD_TEST_NEVER_SET", required: true };
      const failure = await failureOf(
        reach(place, made.url, { protocol, headers: () => ({ values: {}, fromEnv: [required] }) }),
      );
      expect(failure).toMatchObject({ code: "usage", reason: "argument_invalid" });
      expect(failure.message).toContain("FAIRLEAD_TEST_NEVER_SET");
    });

    test("nothing secret goes along to another origin, and nothing of another origin is believed", async () => {
      await using made = await startHandMade({ era: protocol });
      await using other = await startHandMade({ era: protocol });
      await using reached = await reach(place, made.url, {
        protocol,
        headers: () => ({ values: secretHeaders }),
      });
      made.front.intercept({
        when: ({ rpc }) => rpc?.method === "tools/call",
        answer: (_request, response) => void response.writeHead(307, { location: other.url }).end(),
      });
      await reached.tool("echo").catch((error: unknown) => error);
      for (const { headers } of other.front.requests) {
        expect(JSON.stringify(headers)).not.toContain("SENTINEL");
        expect(headers).not.toHaveProperty("mcp-session-id");
      }
      expect(countOf(made.front, "tools/call")).toBe(1);
    });
  });

  test("a redirect on one origin is followed with everything", async () => {
    await using made = await startHandMade();
    made.front.intercept({
      when: ({ path }) => path === "/old",
      answer: (_request, response) => void response.writeHead(308, { location: "/mcp" }).end(),
    });
    await using reached = await reach(place, made.front.url("/old"), {
      ...legacy,
      headers: () => ({ values: secretHeaders }),
    });
    expect((await reached.tool("echo")).content[0]?.text).toBe("called");
    const arrived = made.front.requests.filter(({ path }) => path === "/mcp");
    expect(arrived.every(({ headers }) => headers.authorization === secretHeaders.authorization)).toBe(true);
  });

  test("an old server that names an endpoint on another origin gets nothing", async () => {
    await using other = await startHandMade();
    await using front = await startHttpFront({
      behind: ({ method }, response) => {
        if (method === "GET") {
          response.writeHead(200, { "content-type": "text/event-stream" });
          response.write(`event: endpoint\ndata: ${other.url}\n\n`);
        } else response.writeHead(404).end();
      },
    });
    const failure = await failureOf(
      reach(place, front.url("/sse"), {
        ...legacy,
        startupTimeoutMs: 5_000,
        headers: () => ({ values: secretHeaders }),
      }),
    );
    expect(failure.details["failure"]).toBe("protocol_error");
    expect(other.front.requests).toEqual([]);
  });
});
