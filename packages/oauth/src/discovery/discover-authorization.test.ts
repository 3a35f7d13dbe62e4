import { expect, test } from "vitest";
import { type Routes, startLoopbackServer } from "../login/test-support/loopback-server.js";
import { plainFetch } from "../login/test-support/plain-fetch.js";
import { discoverAuthorization } from "./discover-authorization.js";

const prm = "/.well-known/oauth-protected-resource";
const oauth = "/.well-known/oauth-authorization-server";
const openid = "/.well-known/openid-configuration";
const html = { body: "<html>Welcome</html>" };

/** The metadata of an authorization server that has all that it needs. */
function metadata(issuer: string, more: object = {}) {
  return { body: { issuer, authorization_endpoint: `${issuer}/a`, token_endpoint: `${issuer}/t`, ...more } };
}

async function discover(
  routes: (origin: string) => Routes,
  more: Partial<Parameters<typeof discoverAuthorization>[0]> & { path?: string; metadataPath?: string } = {},
) {
  await using server = await startLoopbackServer(routes);
  const { path = "/mcp", metadataPath, ...options } = more;
  const challenge = metadataPath === undefined ? {} : { resourceMetadata: `${server.origin}${metadataPath}` };
  const serverUrl = `${server.origin}${path}`;
  const result = await discoverAuthorization({ serverUrl, fetch: plainFetch, challenge, ...options }).then(
    (discovery) => ({ discovery, error: undefined }),
    (error: unknown) => ({ discovery: undefined, error }),
  );
  return { ...result, origin: server.origin, calls: server.calls() };
}

test("the metadata that the challenge names comes first, and nothing else is asked for", async () => {
  const { discovery, calls, origin } = await discover(
    (at) => ({
      "/custom.json": {
        body: { resource: `${at}/mcp`, authorization_servers: [at], scopes_supported: ["a"] },
      },
      [oauth]: metadata(at),
    }),
    { metadataPath: "/custom.json" },
  );
  expect(calls).toEqual(["GET /custom.json", `GET ${oauth}`]);
  expect(discovery).toMatchObject({
    resource: `${origin}/mcp`,
    scopesSupported: ["a"],
    source: "resource_metadata",
    server: { issuer: origin, tokenEndpoint: `${origin}/t`, sendsIssuer: false },
  });
});

test("well-known places are asked in the order of MCP, with the path and without", async () => {
  const { calls, discovery } = await discover(
    (at) => ({
      [prm]: { body: { resource: at, authorization_servers: [`${at}/tenant/1`] } },
      [`/tenant/1${openid}`]: metadata(`${at}/tenant/1`),
    }),
    { path: "/a/mcp" },
  );
  expect(calls).toEqual([
    `GET ${prm}/a/mcp`,
    `GET ${prm}`,
    `GET ${oauth}/tenant/1`,
    `GET ${openid}/tenant/1`,
    `GET /tenant/1${openid}`,
  ]);
  expect(discovery?.source).toBe("resource_metadata");
});

test("a server at the root has one place for its metadata, and OpenID's comes second", async () => {
  const { calls } = await discover(
    (at) => ({ [prm]: { body: { resource: at, authorization_servers: [at] } }, [openid]: metadata(at) }),
    { path: "/" },
  );
  expect(calls).toEqual([`GET ${prm}`, `GET ${oauth}`, `GET ${openid}`]);
});

test("web sites that answer everything with a page, or with 401, have no metadata", async () => {
  const { discovery, origin } = await discover(() => ({
    [`${prm}/mcp`]: html,
    [prm]: { status: 401, body: {} },
    [oauth]: html,
    [openid]: { status: 403, body: "no" },
  }));
  expect(discovery).toMatchObject({
    source: "assumed",
    resource: undefined,
    server: {
      issuer: origin,
      authorizationEndpoint: `${origin}/authorize`,
      tokenEndpoint: `${origin}/token`,
      registrationEndpoint: `${origin}/register`,
    },
  });
});

test("metadata of an authorization server at the origin is enough, as in the first revision", async () => {
  const { discovery } = await discover((at) => ({ [oauth]: metadata(at, { scopes_supported: ["s"] }) }));
  expect(discovery).toMatchObject({ source: "origin_metadata", scopesSupported: ["s"], resource: undefined });
});

test("scopes of the authorization server are not those of a resource that has metadata", async () => {
  const { discovery } = await discover((at) => ({
    [prm]: { body: { resource: at, authorization_servers: [at], scopes_supported: [] } },
    [oauth]: metadata(at, { scopes_supported: ["s"] }),
  }));
  expect(discovery?.scopesSupported).toBeUndefined();
  expect(discovery?.server.scopesSupported).toEqual(["s"]);
});

test.each([
  ["another host", () => "https://evil.example/mcp"],
  ["a neighbour whose name begins alike", (at: string) => `${at}/mc`],
  ["a place below", (at: string) => `${at}/mcp/deeper`],
  ["no URL", () => "mcp"],
])("metadata of %s is refused, and not passed over", async (_, resource) => {
  const { error, calls } = await discover((at) => ({
    [`${prm}/mcp`]: { body: { resource: resource(at), authorization_servers: [at] } },
    [oauth]: metadata(at),
  }));
  expect(error).toMatchObject({ code: "protocol", reason: "oauth_discovery_failed" });
  expect(calls).not.toContain(`GET ${oauth}`);
});

test("metadata of another resource is taken where somebody configured that resource", async () => {
  const { discovery } = await discover(
    (at) => ({
      [prm]: { body: { resource: "https://other.example", authorization_servers: [at] } },
      [oauth]: metadata(at),
    }),
    { configuredResource: "https://other.example" },
  );
  expect(discovery?.resource).toBe("https://other.example");
});

test("an issuer that does not echo is refused", async () => {
  const { error } = await discover((at) => ({
    [prm]: { body: { resource: at, authorization_servers: [`${at}/a`] } },
    [`${oauth}/a`]: metadata(`${at}/b`),
  }));
  expect(error).toMatchObject({ code: "protocol", reason: "oauth_discovery_failed" });
});

test("one slash more or less in an issuer is no other issuer, and it is kept as its owner writes it", async () => {
  const { discovery, origin } = await discover((at) => ({
    [prm]: { body: { resource: at, authorization_servers: [`${at}/`] } },
    [oauth]: metadata(at),
  }));
  expect(discovery?.server.issuer).toBe(origin);
});

test("of several authorization servers the preferred one counts, else the first that can be used", async () => {
  const routes = (at: string): Routes => ({
    [prm]: { body: { resource: at, authorization_servers: [`${at}/dead`, `${at}/b`, `${at}/c`] } },
    [`${oauth}/b`]: metadata(`${at}/b`),
    [`${oauth}/c`]: metadata(`${at}/c`),
  });
  const first = await discover(routes);
  expect(first.discovery?.server.issuer).toBe(`${first.origin}/b`);
  await using server = await startLoopbackServer(routes);
  const preferredIssuer = `${server.origin}/c`;
  const other = await discoverAuthorization({ serverUrl: server.origin, fetch: plainFetch, preferredIssuer });
  expect(other.server.issuer).toBe(preferredIssuer);
});

test("of two issuers that differ by a slash the one that was asked for letter by letter counts", async () => {
  await using server = await startLoopbackServer((at) => ({
    [prm]: { body: { resource: at, authorization_servers: [`${at}/a/`, `${at}/a`] } },
    [`${oauth}/a`]: metadata(`${at}/a`),
  }));
  const of = async (preferredIssuer: string) =>
    (await discoverAuthorization({ serverUrl: server.origin, fetch: plainFetch, preferredIssuer })).server
      .issuer;
  expect(await of(`${server.origin}/a`)).toBe(`${server.origin}/a`);
  expect(server.calls().filter((call) => call === `GET ${oauth}/a`)).toHaveLength(1);
  await using other = await startLoopbackServer((at) => ({
    [prm]: { body: { resource: at, authorization_servers: [`${at}/b`, `${at}/a/`] } },
    [`${oauth}/a`]: metadata(`${at}/a`),
    [`${oauth}/b`]: metadata(`${at}/b`),
  }));
  const nearly = await discoverAuthorization({
    serverUrl: other.origin,
    fetch: plainFetch,
    preferredIssuer: `${other.origin}/a`,
  });
  expect(nearly.server.issuer).toBe(`${other.origin}/a`);
});

test.each([
  ["is away", "reset" as const, "unavailable"],
  ["fails", { status: 503, body: "later" }, "unavailable"],
  ["has no metadata any more", { status: 404, body: {} }, "protocol"],
])(
  "an authorization server that somebody chose and that %s is replaced by no other",
  async (_, answer, code) => {
    await using server = await startLoopbackServer((at) => ({
      [prm]: { body: { resource: at, authorization_servers: [`${at}/a`, `${at}/b`] } },
      [`${oauth}/a`]: answer,
      [`${oauth}/b`]: metadata(`${at}/b`),
    }));
    const preferredIssuer = `${server.origin}/a`;
    const found = discoverAuthorization({ serverUrl: server.origin, fetch: plainFetch, preferredIssuer });
    await expect(found).rejects.toMatchObject({ code });
    expect(server.calls()).not.toContain(`GET ${oauth}/b`);
  },
);

test("of several authorization servers a failure of the first that may pass picks no other", async () => {
  const { error, calls } = await discover((at) => ({
    [prm]: { body: { resource: at, authorization_servers: [`${at}/a`, `${at}/b`] } },
    [`${oauth}/a`]: { status: 503, body: "later" },
    [`${oauth}/b`]: metadata(`${at}/b`),
  }));
  expect(error).toMatchObject({ code: "unavailable" });
  expect(calls).not.toContain(`GET ${oauth}/b`);
});

test.each([
  ["HTML 500", { status: 500, body: "<html>oops</html>" }, { code: "unavailable", reason: "http_status" }],
  ["a busy server", { status: 429, body: {} }, { code: "unavailable", reason: "http_status" }],
  ["a reset", "reset" as const, { code: "unavailable" }],
  [
    "a huge body",
    { body: "x".repeat(300_000) },
    { code: "resource_exhausted", reason: "response_too_large" },
  ],
])("%s is told and never taken for a server of the first revision", async (_, answer, expected) => {
  const { error } = await discover(() => ({ [`${prm}/mcp`]: answer }));
  expect(error).toMatchObject(expected);
});

test("a place that fails does not matter where another one has the metadata", async () => {
  const { discovery } = await discover((at) => ({
    [`${prm}/mcp`]: { status: 500, body: "oops" },
    [prm]: { body: { resource: at, authorization_servers: [at] } },
    [oauth]: metadata(at),
  }));
  expect(discovery?.source).toBe("resource_metadata");
});

test("redirects are followed, but not for ever, and not to plain http elsewhere", async () => {
  const to = (location: string) => ({ status: 302, headers: { location }, body: {} });
  const moved = await discover((at) => ({
    [`${prm}/mcp`]: to("/moved"),
    "/moved": { body: { resource: at, authorization_servers: [at] } },
    [oauth]: metadata(at),
  }));
  expect(moved.discovery?.source).toBe("resource_metadata");
  const circle = await discover(() => ({ [`${prm}/mcp`]: to(`${prm}/mcp`) }));
  expect(circle.discovery?.source).toBe("assumed");
  expect(circle.calls.filter((call) => call === `GET ${prm}/mcp`)).toHaveLength(4);
  const away = await discover(() => ({ [`${prm}/mcp`]: to("http://elsewhere.example/m") }));
  expect(away.error).toMatchObject({ code: "forbidden", reason: "insecure_transport" });
});

test.each([
  ["http://as.example", "forbidden", "insecure_transport"],
  ["ftp://as.example", "protocol", "oauth_discovery_failed"],
  ["https://user:pw@as.example", "protocol", "oauth_discovery_failed"],
  ["as.example", "protocol", "oauth_discovery_failed"],
])("the authorization server %s is not asked anything", async (issuer, code, reason) => {
  const { error } = await discover((at) => ({
    [prm]: { body: { resource: at, authorization_servers: [issuer] } },
  }));
  expect(error).toMatchObject({ code, reason });
  expect(JSON.stringify(error)).not.toContain("pw");
});

test("no endpoint that a login needs may be plain http, and a token endpoint there has to be", async () => {
  const withMetadata = (document: object) =>
    discover((at) => ({
      [prm]: { body: { resource: at, authorization_servers: [at] } },
      [oauth]: { body: { issuer: at, token_endpoint: `${at}/t`, ...document } },
    }));
  const plain = await withMetadata({ registration_endpoint: "http://as.example/r" });
  expect(plain.error).toMatchObject({ reason: "insecure_transport" });
  const lesser = await withMetadata({ revocation_endpoint: "http://as.example/r" });
  expect(lesser.discovery?.server.revocationEndpoint).toBeUndefined();
  const without = await withMetadata({ token_endpoint: 5 });
  expect(without.error).toMatchObject({ reason: "oauth_discovery_failed" });
});

test("a server elsewhere sends nobody to ports of this machine", async () => {
  await using local = await startLoopbackServer(() => ({}));
  const error = await discoverAuthorization({
    serverUrl: "https://mcp.example/mcp",
    fetch: plainFetch,
    challenge: { resourceMetadata: `${local.origin}/secret` },
  }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "forbidden", reason: "insecure_transport" });
  expect(local.seen).toEqual([]);
});

test("each request has 5 s and may be given up", async () => {
  await using server = await startLoopbackServer(() => ({ [`${prm}/mcp`]: "hang" }));
  const controller = new AbortController();
  const deadlines: unknown[] = [];
  const failed = discoverAuthorization({
    serverUrl: `${server.origin}/mcp`,
    fetch: (url, init) => {
      deadlines.push(init?.policy?.deadlineMs);
      setTimeout(() => controller.abort(), 20);
      return plainFetch(url, init);
    },
    signal: controller.signal,
  });
  await expect(failed).rejects.toMatchObject({ code: "canceled" });
  expect(deadlines).toEqual([5_000]);
});
