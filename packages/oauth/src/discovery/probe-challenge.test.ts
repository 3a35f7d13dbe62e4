import { expect, test } from "vitest";
import { type Answer, type Routes, startLoopbackServer } from "../login/test-support/loopback-server.js";
import { plainFetch } from "../login/test-support/plain-fetch.js";
import { probeChallenge } from "./probe-challenge.js";

async function probe(answer: Routes[string]) {
  await using server = await startLoopbackServer(() => ({ "/mcp": answer }));
  const challenge = await probeChallenge({ serverUrl: `${server.origin}/mcp`, fetch: plainFetch });
  return { challenge, calls: server.calls() };
}

test("a server is asked without changing anything there", async () => {
  const headers = { "www-authenticate": 'Bearer scope="a"' };
  const { challenge, calls } = await probe({ status: 401, headers });
  expect(challenge).toEqual({ scopes: ["a"] });
  expect(calls).toEqual(["GET /mcp"]);
});

test("a server that knows no GET is asked for its tools", async () => {
  const headers = { "www-authenticate": 'Bearer scope="a"' };
  const { challenge, calls } = await probe(({ method }) =>
    method === "GET" ? { status: 405 } : { status: 401, headers },
  );
  expect(challenge).toEqual({ scopes: ["a"] });
  expect(calls).toEqual(["GET /mcp", "POST /mcp"]);
});

test.each<[string, Answer]>([
  ["lets everybody in", { headers: { "content-type": "text/event-stream" }, body: "data: 1\n\n" }],
  ["wants something else", { status: 401, headers: { "www-authenticate": "Negotiate" } }],
  ["knows no GET", { status: 405 }],
  ["sends elsewhere", { status: 302, headers: { location: "/login" } }],
  ["breaks off", "reset"],
])("a server that %s has no challenge", async (_, answer) => {
  expect((await probe(answer)).challenge).toBeUndefined();
});

test("a server that does not answer is asked until somebody gives up", async () => {
  await using server = await startLoopbackServer(() => ({ "/mcp": "hang" }));
  const controller = new AbortController();
  const probing = probeChallenge({
    serverUrl: `${server.origin}/mcp`,
    fetch: (url, init) => {
      setTimeout(() => controller.abort(), 10);
      return plainFetch(url, init);
    },
    signal: controller.signal,
  });
  expect(await probing).toBeUndefined();
});
