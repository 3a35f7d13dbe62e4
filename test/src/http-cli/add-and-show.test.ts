import { readFile } from "node:fs/promises";
import { createHandMadeServer, type HttpFront, startHttpFront } from "@fairlead/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { expectClean, expectFailure, expectNothingLeft } from "../failures/support/expect-failure.js";
import { createScene, type Scene, secrets } from "../failures/support/scene.js";
import { httpTable } from "./support/http-table.js";

let scene: Scene;
let front: HttpFront;
beforeEach(async () => {
  scene = await createScene();
  front = await startHttpFront({ behind: createHandMadeServer().handle });
});
afterEach(async () => {
  await front[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});

test("add asks the server, writes its table, and get shows it without secrets", async () => {
  const url = front.url(`/mcp?tenant=a&api_key=${secrets.token}`);
  const flags = [
    "--bearer-token-env-var",
    "COPIED_SECRET",
    "--header",
    "X-Team=tools",
    "--env-header",
    "X-Key=KEY",
  ];
  const added = await scene.fairlead(["add", "web", "--url", url, ...flags, "--protocol", "legacy"]);
  expectClean(added);
  expect(added).toMatchObject({ code: 0, stderr: "", stdout: "Added web on local: 1 tool\n" });
  expect(front.requests[0]?.headers).toMatchObject({
    authorization: `Bearer ${secrets.copied}`,
    "x-team": "tools",
  });
  expect(await scene.configText()).toBe(
    `[mcp_servers.web]
url = "${url}"
bearer_token_env_var = "COPIED_SECRET"
http_headers = { X-Team = "tools" }
env_http_headers = { X-Key = "KEY" }
protocol = "legacy"
`,
  );
  const shown = await scene.fairlead(["get", "web"]);
  expectClean(shown);
  expect(shown.stdout.replace(String(front.port), "PORT").replace(scene.folder.path, "SCENE")).toBe(
    `web
  url       http://127.0.0.1:PORT/mcp?tenant=a&api_key=***
  token     COPIED_SECRET (from the host)
  header    X-Team: ***
  header    X-Key: KEY (from the host)
  executor  local
  protocol  legacy
  file      SCENE/home/config.toml
`,
  );
  const [listed, json, got] = await Promise.all([
    scene.fairlead(["list"]),
    scene.fairlead(["list", "--json"]),
    scene.fairlead(["get", "web", "--json"]),
  ]);
  for (const result of [listed, json, got]) expectClean(result);
  expect(listed.stdout).toMatch(/^web +local +1 tool, seen \d+ s ago +http +http:.*api_key=\*\*\*$/m);
  expect(JSON.parse(json.stdout)).toMatchObject({
    servers: [{ name: "web", transport: "http", url: expect.stringContaining("api_key=***") }],
  });
  expect(JSON.parse(got.stdout)).toMatchObject({ transport: "http", headers: { "X-Team": "***" } });
  await expectNothingLeft(scene);
});

test.each<
  [what: string, args: readonly string[], reason: "argument_invalid" | "config_invalid", tells: string[]]
>([
  ["a command too", ["--url", "https://x", "--", "npx"], "argument_invalid", ["--url", "command"]],
  ["an environment", ["--url", "https://x", "-e", "A=b"], "argument_invalid", ["--env", "--url"]],
  ["an address that is none", ["--url", "x"], "config_invalid", ["mcp_servers.web.url", "https://"]],
  [
    "a literal credential",
    ["--url", "https://x", "--header", `Authorization=Bearer ${secrets.token}`],
    "config_invalid",
    ["http_headers.Authorization", "bearer_token_env_var"],
  ],
])("add refuses %s, and writes nothing", async (_, args, reason, tells) => {
  const separator = args.indexOf("--");
  const own = separator < 0 ? args : args.slice(0, separator);
  const command = separator < 0 ? [] : args.slice(separator);
  await expectFailure(scene, ["add", "web", ...own, ...command], { exit: 2, code: "usage", reason, tells });
  expect(await scene.configText()).toBeUndefined();
});

test("add of a server that nobody answers for writes nothing, unless it is told not to ask", async () => {
  const closed = await startHttpFront({ behind: () => {} });
  await closed[Symbol.asyncDispose]();
  await expectFailure(scene, ["add", "web", "--url", closed.url()], {
    exit: 4,
    code: "unavailable",
    reason: "connect_failed",
    tells: ["'web'", "Nothing was added"],
  });
  expect(await scene.configText()).toBeUndefined();
  const added = await scene.fairlead(["add", "web", "--no-probe", "--url", closed.url()]);
  expect(added).toMatchObject({ code: 0, stdout: "Added web on local\n" });
});

test("servers of an mcpServers file are reached, with the credentials that are written there", async () => {
  const headers = { Authorization: "Bearer ${COPIED_SECRET}", "X-Basic": "Basic YTpi" };
  const file = await scene.folder.write(
    "servers.json",
    JSON.stringify({ mcpServers: { web: { type: "http", url: front.url(), headers } } }),
  );
  const called = await scene.fairlead(["call", "--mcp-config", file, "web", "echo"]);
  expectClean(called);
  expect(called).toMatchObject({ code: 0, stderr: "", stdout: "called\n" });
  expect(front.requests[0]?.headers).toMatchObject({
    authorization: `Bearer ${secrets.copied}`,
    "x-basic": "Basic YTpi",
  });
});

test("which era a server speaks is asked once, and remembered without its address", async () => {
  await scene.configure(httpTable("web", front.url()));
  const asked = (): number => front.requests.filter(({ rpc }) => rpc?.method === "server/discover").length;
  expect((await scene.fairlead(["tools", "web"])).code).toBe(0);
  expect(asked()).toBe(1);
  expect((await scene.fairlead(["tools", "web"])).code).toBe(0);
  expect(asked()).toBe(1);
  const stored = await readFile(scene.folder.file("home/state/eras.json"), "utf8");
  expect(stored).toContain('"era":"legacy"');
  expect(stored).not.toContain(String(front.port));
});
