import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { FrontHandler } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { carries, startHandMade } from "./support/hand-made.js";
import { type Place, places } from "./support/places.js";
import { failureOf, reach } from "./support/reach.js";

describe.each(places)("from %s", (_, openPlace) => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
  });
  afterAll(async () => place?.[Symbol.asyncDispose]());

  test.each(["auto", "legacy", "modern"] as const)(
    "a port where nobody listens is unreachable (protocol %s)",
    async (protocol) => {
      const failure = await failureOf(
        reach(place, await closedUrl(), { protocol, startupTimeoutMs: 10_000 }),
      );
      expect(failure).toMatchObject({ code: "unavailable", reason: "connect_failed", effect: "none" });
      expect(failure.details["failure"]).toBe("unreachable");
      expect(failure.message).toContain("srv");
    },
  );

  test.each([
    ["a name that does not exist", "http://nowhere.invalid/mcp", "dns_failed", "unreachable"],
    ["an address that may never be asked", "http://169.254.169.254/mcp", "policy_denied", "policy_denied"],
    ["an address of the link", "http://169.254.7.7/mcp", "policy_denied", "policy_denied"],
    ["the same address in IPv6", "http://[::ffff:169.254.169.254]/mcp", "policy_denied", "policy_denied"],
    ["the same address as a number", "http://2852039166/mcp", "policy_denied", "policy_denied"],
    ["a scheme that is not HTTP", "ftp://127.0.0.1/mcp", "url_invalid", "config_invalid"],
  ])("%s is told by name", async (_name, url, reason, startFailure) => {
    const failure = await failureOf(reach(place, url, { startupTimeoutMs: 15_000 }));
    expect([failure.reason, failure.details["failure"]]).toEqual([reason, startFailure]);
  });

  test("a server without TLS behind an https address is told as that", async () => {
    await using made = await startHandMade();
    const url = made.url.replace("http:", "https:");
    const failure = await failureOf(reach(place, url, { startupTimeoutMs: 15_000 }));
    expect([failure.reason, failure.details["failure"]]).toEqual(["tls_failed", "unreachable"]);
  });

  test.each(["legacy", "modern"] as const)(
    "a redirect to another place is not followed in the %s era",
    async (protocol) => {
      await using made = await startHandMade({ era: protocol });
      await using reached = await reach(place, made.url, { protocol });
      made.front.intercept({
        when: carries("tools/call"),
        answer: (_request, response) => {
          response.writeHead(307, { location: "http://169.254.169.254/latest/meta-data" }).end();
        },
      });
      const failure = await failureOf(reached.tool("echo"));
      expect(failure).toMatchObject({ code: "protocol", reason: "redirect_failed" });
    },
  );

  test.each(startFailureCases)("a start that meets $name is told as $failure", async (startCase) => {
    await using made = await startHandMade();
    made.front.intercept({ when: () => true, answer: startCase.answer });
    const failure = await failureOf(reach(place, made.url, { startupTimeoutMs: 4_000 }));
    expect(failure.details["failure"]).toBe(startCase.failure);
    expect(failure.message).toContain("srv");
  });
});

interface StartFailureCase {
  readonly name: string;
  readonly answer: FrontHandler;
  readonly failure: string;
}

const startFailureCases: readonly StartFailureCase[] = [
  { name: "404", answer: (_, response) => void response.writeHead(404).end(), failure: "http_status" },
  { name: "418", answer: (_, response) => void response.writeHead(418).end(), failure: "http_status" },
  { name: "403", answer: (_, response) => void response.writeHead(403).end(), failure: "http_status" },
  { name: "401", answer: (_, response) => void response.writeHead(401).end(), failure: "login_required" },
  {
    name: "a web page",
    answer: (_, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<h1>"),
    failure: "protocol_error",
  },
  {
    name: "an answer without a revision",
    answer: ({ rpc }, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ jsonrpc: "2.0", id: rpc?.id, result: {} }));
    },
    failure: "protocol_error",
  },
  {
    name: "a session id that no header can carry",
    answer: ({ rpc }, { socket }) => {
      const result = {
        protocolVersion: "2025-11-25",
        capabilities: {},
        serverInfo: { name: "x", version: "1" },
      };
      const error = { code: -32_601, message: "Method not found" };
      const outcome = rpc?.method === "initialize" ? { result } : { error };
      const body = JSON.stringify({ jsonrpc: "2.0", id: rpc?.id, ...outcome });
      socket?.end(
        `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nMcp-Session-Id: a b\u00e9\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      );
    },
    failure: "protocol_error",
  },
  { name: "silence", answer: () => undefined, failure: "handshake_timeout" },
];

/** An address on which nobody listens any more. */
async function closedUrl(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}/mcp`;
}
