import { appendFile } from "node:fs/promises";
import { configFilePath } from "@fairlead/config";
import { spawnRawClient } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { politely } from "../fidelity/support/faces.js";
import { fixtureServer } from "../servers/support/raw-gateway.js";
import { type ControlEnd, openControlEnd, openControlHttpEnd } from "./support/control-end.js";

const servers = { fix: fixtureServer(), broken: { command: "/nowhere/at-all" } };

/** Adds lines to the configuration of a running gateway. */
async function append({ home }: ControlEnd, text: string): Promise<void> {
  await appendFile(configFilePath(home.folder.path), text);
}

/** Waits for a word about the start of a server. */
function isStartup(name: string, status: string) {
  return (message: { method?: unknown; params?: unknown }): boolean => {
    const params = message.params as { name?: string; status?: string } | undefined;
    return (
      message.method === "fairlead/startupStatus/updated" && params?.name === name && params.status === status
    );
  };
}

test("servers are listed, and how their starts go is told", async () => {
  await using end = await openControlEnd({ servers });
  const { peer } = end;
  const failed = await peer.nextMessage(isStartup("broken", "failed"));
  expect(failed.params).toEqual({
    name: "broken",
    status: "failed",
    error: expect.stringContaining("/nowhere/at-all"),
    failureReason: "command_not_found",
  });
  const ready = await peer.nextMessage(isStartup("fix", "ready"), 20_000);
  expect(ready.params).toMatchInlineSnapshot(`
    {
      "error": null,
      "failureReason": null,
      "name": "fix",
      "status": "ready",
    }
  `);
  const { result } = await peer.request("fairlead/servers/list");
  expect(result?.["servers"]).toMatchObject([
    { name: "fix", state: "ready", executor: "local", transport: "stdio" },
    { name: "broken", lastFailure: { reason: "command_not_found" } },
  ]);
});

test("a restart, an interrupt and a reload do what they say", async () => {
  await using end = await openControlEnd();
  const { peer } = end;
  await peer.nextMessage(isStartup("fix", "ready"), 20_000);
  expect((await peer.request("fairlead/restart", { server: "fix" })).result).toEqual({});
  await peer.nextMessage(isStartup("fix", "ready"));
  expect((await peer.request("fairlead/interrupt", {})).result).toEqual({ count: 0 });
  expect((await peer.request("fairlead/reload")).result).toEqual({ added: [], changed: [], removed: [] });
  await append(end, '\n[mcp_servers.more]\ncommand = "true"\n');
  const { result } = await peer.request("fairlead/reload");
  const { result: listed } = await peer.request("fairlead/servers/list");
  expect({ result, listed }).toMatchObject({ listed: { servers: [{ name: "fix" }, { name: "more" }] } });
  const unknown = await peer.request("fairlead/restart", { server: "nope" });
  expect(unknown.error).toMatchObject({ data: { fairlead: { details: { reason: "server_unknown" } } } });
  const misuse = await peer.request("fairlead/restart", {});
  expect(misuse.error).toMatchObject({ data: { fairlead: { code: "usage" } } });
});

test("how a server is signed in to is told without its secret", async () => {
  await using end = await openControlEnd();
  await append(end, '\n[mcp_servers.web]\nurl = "http://127.0.0.1:9/mcp"\nbearer_token_env_var = "PATH"\n');
  await end.peer.request("fairlead/reload");
  const web = await end.peer.request("fairlead/authStatus", { server: "web" });
  expect(web.result).toEqual({ inUse: "bearer", preferred: "bearer" });
  const { result } = await end.peer.request("fairlead/connectors/list");
  expect(result).toEqual({ connectors: [] });
  const fix = await end.peer.request("fairlead/authStatus", { server: "fix" });
  expect(fix.result).toEqual({ inUse: "none", preferred: "none" });
});

test("an agent that does not know the capability is told nothing of it, until it asks", async () => {
  await using end = await openControlEnd();
  const { home } = end;
  const launch = { env: home.env, cwd: home.folder.path };
  await using peer = politely(await spawnRawClient(home.command("serve"), launch));
  const clientInfo = { name: "plain", version: "1" };
  await peer.request("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo });
  await peer.request("tools/list", {}, { timeoutMs: 20_000 });
  expect(peer.messages.filter(({ method }) => String(method).startsWith("fairlead/"))).toEqual([]);
  await peer.request("fairlead/restart", { server: "fix" });
  await peer.nextMessage(isStartup("fix", "ready"));
});

test("a modern agent finds the capability and gets complete results", async () => {
  await using end = await openControlHttpEnd();
  const { home } = end;
  const launch = { env: home.env, cwd: home.folder.path, modern: {} };
  await using peer = politely(await spawnRawClient(home.command("serve"), launch));
  const { result } = await peer.request("server/discover");
  expect(result?.["capabilities"]).toMatchObject({ experimental: { "fairlead/control": {} } });
  const listed = await peer.request("fairlead/servers/list");
  expect(listed.result).toMatchObject({ resultType: "complete", servers: [{ name: "fix" }] });
});
