import { createHandMadeServer, type HandMadeServer, type HttpFront, startHttpFront } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Place, places } from "./support/places.js";
import { RpcAnswerError, reach, textOf } from "./support/reach.js";

// Nothing between a server and an agent is parsed and written anew: numbers, spaces, keys and unknown members stay.
const oddities = String.raw`"big":12345678901234567890, "float":1.0,"exp":1E400,"dup":1,"dup":2,"esc":"\u0061\/","ünï":"☃","__proto__":{"a":1},"constructor":null`;
const oddTool = `{"name":"odd","inputSchema":{"type":"object"},"icons":[{"src":"data:,x","x":1.50}],"annotations":{"title":"T","vendor":{}},${oddities}}`;
const oddResult = `{ "content":[{"type":"vendor/block","v":-0},{"type":"text","text":"a\\u2028b"}] ,"structuredContent":[1,null,"x"],"_meta":{"vendor/k":1.0},${oddities}}`;

describe.each(places)("from %s", (_, openPlace) => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
  });
  afterAll(async () => place?.[Symbol.asyncDispose]());

  describe.each(["json", "sse"] as const)("with answers as %s", (respondAs) => {
    let made: HandMadeServer;
    let front: HttpFront;
    beforeAll(async () => {
      made = createHandMadeServer({ respondAs });
      front = await startHttpFront({ behind: made.handle });
    });
    afterAll(async () => front?.[Symbol.asyncDispose]());

    test("results and errors arrive byte for byte", async () => {
      made.on("tools/list", () => `{"tools":[${oddTool}],${oddities}}`);
      made.on("tools/call", () => oddResult);
      await using reached = await reach(place, front.url(), { protocol: "legacy" });
      const list = await reached.connection.request({ method: "tools/list" });
      expect(textOf(list)).toBe(`{"tools":[${oddTool}],${oddities}}`);
      expect(textOf(await reached.connection.request({ method: "tools/call" }))).toBe(oddResult);
      const error = `{"code":-32000.0,"message":"m","data":{${oddities}}}`;
      made.on("vendor/fails", ({ id, response }) => {
        const text = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"error":${error}}`;
        response.writeHead(200, { "content-type": "application/json" }).end(text);
        return undefined;
      });
      const failure = await answerErrorOf(reached.result("vendor/fails"));
      expect(failure.raw).toBe(error);
    });

    test("params leave byte for byte", async () => {
      await using reached = await reach(place, front.url(), { protocol: "legacy" });
      const params = `{ "name":"odd" ,"arguments":{${oddities}}}`;
      await reached.connection.request({ method: "vendor/bytes", params: Buffer.from(params) });
      const sent = await front.nextRequest(({ rpc }) => rpc?.method === "vendor/bytes");
      expect(sent.body.toString("utf8")).toContain(params);
      expect(sent.headers["content-type"]).toBe("application/json");
    });

    test("notifications and questions of the server pass on either stream", async () => {
      const note = `{"level":"info","data":{${oddities}}}`;
      made.on("tools/call", ({ send }) => {
        send(`{"jsonrpc":"2.0","method":"notifications/message","params":${note}}`);
        return oddResult;
      });
      await using reached = await reach(place, front.url(), {
        protocol: "legacy",
        answer: ({ params }) => ({ echoed: params }),
      });
      expect(textOf(await reached.connection.request({ method: "tools/call" }))).toBe(oddResult);
      expect((await reached.untilTold(({ method }) => method === "notifications/message")).raw).toBe(note);
      const get = await front.nextRequest(
        ({ method, headers }) =>
          method === "GET" && made.sessions.get(String(headers["mcp-session-id"]))?.stream !== undefined,
      );
      const session = made.sessions.get(String(get.headers["mcp-session-id"]));
      session?.push({ jsonrpc: "2.0", id: "q-1", method: "vendor/question", params: { a: "☃" } });
      const answer = await front.nextRequest(({ rpc }) => rpc?.id === "q-1");
      expect(answer.rpc).toEqual({ jsonrpc: "2.0", id: "q-1", result: { echoed: { a: "☃" } } });
    });
  });
});

async function answerErrorOf(promise: Promise<unknown>): Promise<RpcAnswerError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof RpcAnswerError) return error;
    throw error;
  }
  throw new Error("It did not fail");
}
