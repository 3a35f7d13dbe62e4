import { initializeRawClient, waitUntil } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AuthorizationServer, startAuthorizationServer } from "../oauth/support/authorization-server.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { type InboundScene, startInboundScene } from "./support/inbound-scene.js";

const stack = createDisposeStack();
let asked: AuthorizationServer;
let asking: InboundScene;
let signing: InboundScene;

beforeAll(async () => {
  const signer = stack.use(await startAuthorizationServer({ accessTokenFormat: "jwt" }));
  signing = stack.use(await startInboundScene(() => signer));
  asked = stack.use(await startAuthorizationServer());
  const introspection = `{ url = "${asked.issuer}/token/introspection", client_id = "protected-resource", client_secret_env = "ASK" }`;
  asking = stack.use(
    await startInboundScene(() => asked, {
      lines: [`introspection = ${introspection}`],
      env: { ASK: "protected-resource-secret" },
    }),
  );
}, 60_000);

afterAll(() => stack[Symbol.asyncDispose]());

const sceneOf = (kind: string): InboundScene => (kind === "signed" ? signing : asking);

describe.each(["signed", "asked about"])("tokens that are %s", (kind) => {
  test("let agents call tools, at the merged endpoint and at that of a server", async () => {
    const { token, agent, gateway } = sceneOf(kind);
    const shown = await token();
    await using merged = agent(shown);
    await initializeRawClient(merged);
    const { result } = await merged.request("tools/call", { name: "s__echo", arguments: { text: "hi" } });
    expect(JSON.stringify(result)).toContain("hi");
    expect((await sceneOf(kind).knock(shown, "/s")).status).toBe(200);
    const narrow = await token({ resource: `${gateway.url}/s` });
    expect((await sceneOf(kind).knock(narrow, "/s")).status).toBe(200);
    expect((await sceneOf(kind).knock(narrow)).status).toBe(401);
  });

  test("for somebody else, or for too little, let nobody in", async () => {
    const { token, knock, gateway } = sceneOf(kind);
    const place = gateway.url.replace("/mcp", "/.well-known/oauth-protected-resource/mcp");
    const elsewhere = await knock(await token({ resource: "https://else.example/mcp" }));
    expect([elsewhere.status, elsewhere.headers["www-authenticate"]]).toEqual([
      401,
      `Bearer error="invalid_token", scope="mcp", resource_metadata="${place}"`,
    ]);
    const less = await knock(await token({ scopes: ["admin"] }));
    expect([less.status, less.headers["www-authenticate"]]).toEqual([
      403,
      `Bearer error="insufficient_scope", scope="mcp", resource_metadata="${place}"`,
    ]);
  });

  test("are kept from every log, and the gateway's own token works beside them", async () => {
    const { token, gateway, knock } = sceneOf(kind);
    const shown = await token();
    expect((await knock(shown)).status).toBe(200);
    expect((await knock(`${shown}x`)).status).toBe(401);
    await using own = gateway.client();
    const { capabilities } = await initializeRawClient(own);
    expect(JSON.stringify(capabilities)).toContain("fairlead/control");
    await using theirs = sceneOf(kind).agent(shown);
    const granted = await initializeRawClient(theirs);
    expect(JSON.stringify(granted["capabilities"])).not.toContain("fairlead/control");
    for (const secret of [shown, gateway.token ?? "none", "protected-resource-secret"]) {
      expect(gateway.process.stderr()).not.toContain(secret);
    }
  });
});

test("who shows nothing is told where to log in", async () => {
  const place = signing.gateway.url.replace("/mcp", "/.well-known/oauth-protected-resource/mcp");
  const answer = await signing.knock(undefined, "/s");
  expect([answer.status, answer.headers["www-authenticate"]]).toEqual([
    401,
    `Bearer scope="mcp", resource_metadata="${place}/s"`,
  ]);
  const document = (await (await fetch(`${place}/s`)).json()) as object;
  expect(document).toMatchObject({ resource: `${signing.gateway.url}/s`, scopes_supported: ["mcp"] });
  const root = await fetch(place.replace(/\/mcp$/, ""));
  expect(await root.json()).toMatchObject({ resource: signing.gateway.url });
});

test("a token that ran out or was revoked ends its session's requests within seconds", async () => {
  const short = await asking.token({ accessTokenTtlS: 2 });
  await using brief = asking.agent(short);
  await initializeRawClient(brief);
  expect(await refusalOf(brief)).toBe(401);
  await using agent = asking.agent(await asking.token());
  await initializeRawClient(agent);
  await asked.revokeEverything();
  // What was good a moment ago may be good for ten seconds more.
  expect(await refusalOf(agent)).toBe(401);
});

/** Asks within one session until something else comes than a success. */
function refusalOf(agent: ReturnType<typeof asking.agent>): Promise<number> {
  const asked = async (): Promise<number | undefined> => {
    const { status } = await agent.post('{"jsonrpc":"2.0","id":7,"method":"ping"}').answer;
    return status === 200 ? undefined : status;
  };
  return waitUntil(asked, { withinMs: 20_000, what: "the refusal of the token" });
}

describe("two people", () => {
  test("have no part in each other's sessions", async () => {
    await using anna = signing.agent(await signing.token({ accountId: "anna" }));
    await initializeRawClient(anna);
    await using ben = signing.agent(await signing.token({ accountId: "ben" }));
    ben.sessionId = anna.sessionId;
    expect(anna.sessionId).toBeDefined();
    const stolen = await ben.post('{"jsonrpc":"2.0","id":1,"method":"tools/list"}').answer;
    expect([stolen.status, (await ben.openStream()).status, (await ben.endSession()).status]).toEqual([
      404, 404, 404,
    ]);
    const own = await anna.request("tools/call", { name: "s__pid", arguments: {} });
    await using again = signing.agent(await signing.token({ accountId: "anna" }));
    again.sessionId = anna.sessionId;
    expect((await again.post('{"jsonrpc":"2.0","id":9,"method":"ping"}').answer).status).toBe(200);
    await using other = signing.agent(await signing.token({ accountId: "ben" }));
    await initializeRawClient(other);
    const theirs = await other.request("tools/call", { name: "s__pid", arguments: {} });
    expect(theirs.result).not.toEqual(own.result);
    expect((await anna.endSession()).status).toBe(204);
  });
});
