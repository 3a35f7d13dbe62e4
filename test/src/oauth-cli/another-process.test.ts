import { initializeRawClient, type RawClient, waitUntil } from "@fairlead/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { untilSaid } from "../serve-cli/support/http-gateway.js";
import { logIn } from "./support/log-in.js";
import { createOAuthScene, type OAuthScene } from "./support/oauth-scene.js";

let machine: OAuthScene;
let agent: RawClient;
beforeEach(async () => {
  machine = await createOAuthScene();
  await machine.scene.configure(machine.toml());
  agent = await machine.scene.start(["serve"]);
});
afterEach(() => machine[Symbol.asyncDispose]());

async function toolNames(): Promise<readonly unknown[]> {
  const { result } = await agent.request("tools/list", {});
  return (result as { tools: { name: string }[] }).tools.map(({ name }) => name);
}

/** Waits for the next of these that was not waited for yet. */
async function notified(method: string): Promise<unknown> {
  const message = await agent.nextMessage((one) => one["method"] === method);
  return message["params"];
}

test("a login elsewhere starts the server at once, and a logout ends its connections", async () => {
  const { scene } = machine;
  await initializeRawClient(agent, { capabilities: { experimental: { "fairlead/control": {} } } });
  expect(await toolNames()).toEqual([]);
  await untilSaid(agent, "[login_required]");
  expect(agent.stderr()).toContain("Run: fairlead login web");
  expect(await notified("notifications/message")).toMatchObject({
    level: "warning",
    data: expect.stringContaining("Run: fairlead login web"),
  });
  const refused = await agent.request("tools/call", { name: "web__echo", arguments: { text: "a" } });
  expect(JSON.stringify(refused)).toContain("fairlead login web");
  const before = await agent.request("fairlead/authStatus", { server: "web" });
  expect(before.result).toEqual({ inUse: "none", preferred: "oauth" });

  expect((await logIn(scene, ["login", "web"])).exit.code).toBe(0);
  expect(await notified("fairlead/authStatus/updated")).toEqual({ name: "web", change: "login" });
  await notified("notifications/tools/list_changed");
  expect(await toolNames()).toEqual(["web__echo", "web__admin", "web__whoami"]);
  const during = await agent.request("fairlead/authStatus", { server: "web" });
  expect(during.result).toEqual({ inUse: "oauth", preferred: "oauth" });
  const called = await agent.request("tools/call", { name: "web__echo", arguments: { text: "b" } });
  expect(called).toMatchObject({ result: { content: [{ text: "b" }] } });

  expect((await scene.fairlead(["logout", "web"])).code).toBe(0);
  expect(await notified("fairlead/authStatus/updated")).toEqual({ name: "web", change: "logout" });
  await waitUntil(
    async () => JSON.stringify(await agent.request("fairlead/servers/list", {})).includes("login_required"),
    {
      withinMs: 10_000,
      what: () => "the server without a login",
    },
  );
  const after = await agent.request("tools/call", { name: "web__echo", arguments: { text: "c" } });
  expect(JSON.stringify(after)).toContain("fairlead login web");
});

test("a login that allows too little is told with what to type", async () => {
  const { scene } = machine;
  expect((await logIn(scene, ["login", "web", "--scopes", "mcp"])).exit.code).toBe(0);
  await initializeRawClient(agent);
  const refused = await agent.request("tools/call", { name: "web__admin", arguments: {} });
  expect(JSON.stringify(refused)).toMatch(/fairlead login web --scopes mcp,(?:offline_access,)?admin/);
  expect((await logIn(scene, ["login", "web", "--scopes=mcp,admin"])).exit.code).toBe(0);
  const allowed = await waitUntil(
    async () => {
      const answer = await agent.request("tools/call", { name: "web__admin", arguments: {} });
      return JSON.stringify(answer).includes("administered");
    },
    { withinMs: 10_000, what: () => "the call with the new login" },
  );
  expect(allowed).not.toBe(false);
});
