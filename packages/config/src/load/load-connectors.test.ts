import { expect, test } from "vitest";
import { addServer } from "../edit/config-edits.js";
import { maskServer } from "../mask-server.js";
import { failure, file, load, sharingDefaults } from "./load-fixture.js";

const withUrl = (name: string, more = ""): string =>
  `[connectors.${name}]\nurl = "https://tools.example/mcp"\n${more}\n`;

test("a connector has the keys of a server with an address, and is none", async () => {
  const { config, warnings } = await load(
    withUrl(
      "desk",
      `bearer_token_env_var = "DESK_TOKEN"
http_headers = { "X-Team" = "tools" }
env_http_headers = { "X-Key" = "KEY" }
headers_helper = ["print-headers", "desk"]
proxy = "none"
enabled_tools = ["issue_*"]
disabled_tools = ["issue_delete"]
default_approval = "writes"
tools.issue_create = { approval = "prompt", rename = "create" }
protocol = "modern"
enabled = false
startup_timeout_sec = 5
tool_timeout_sec = 7`,
    ),
  );
  expect(warnings).toEqual([]);
  expect(config.servers.size).toBe(0);
  expect(config.connectors.get("desk")).toEqual({
    ...sharingDefaults,
    name: "desk",
    transport: "http",
    url: "https://tools.example/mcp",
    executor: "local",
    enabled: false,
    required: false,
    startupTimeoutMs: 5_000,
    toolTimeoutMs: 7_000,
    enabledTools: ["issue_*"],
    disabledTools: ["issue_delete"],
    protocol: "modern",
    maxMessageBytes: 64 * 1024 * 1024,
    share: "all",
    defaultApproval: "writes",
    tools: { issue_create: { approval: "prompt", rename: "create" } },
    headers: { "X-Team": "tools" },
    envHeaders: { "X-Key": { name: "KEY", source: "host" } },
    bearerTokenVar: { name: "DESK_TOKEN", source: "host" },
    headersHelper: ["print-headers", "desk"],
    proxy: "none",
    login: {},
    forwardHeaders: [],
    file,
  });
});

test("what it sends can be shown without its secrets", async () => {
  const { config } = await load(withUrl("desk", 'http_headers = { "X-Key" = "sentinel" }'));
  expect(JSON.stringify(maskServer(config.connectors.get("desk") ?? {}))).not.toContain("sentinel");
});

test("a connector and a server cannot have one name, in whichever file the server is", async () => {
  const clash = "FILE:1: connectors.desk: there is a server of this name too";
  expect(await failure(`${withUrl("desk")}[mcp_servers.desk]\ncommand = "desk"\n`)).toContain(clash);
  const json = { mcpServers: { desk: { command: "desk" } } };
  expect(await failure(withUrl("desk"), { json })).toContain(clash);
});

test("no server can be added under the name of a connector", () => {
  const add = (): string => addServer(withUrl("desk"), "desk", { command: "desk" });
  expect(add).toThrow(/connectors\.desk: there is a server of this name too/);
  const added = addServer(withUrl("desk"), "other", { command: "desk" });
  expect(added).toContain("[mcp_servers.other]");
});

test.each(["fairlead", "devbox", "devbox_mine"])("a connector cannot be called %s", async (name) => {
  expect(await failure(withUrl(name))).toContain(`connectors.${name}: this name belongs to a server`);
});

test.each([
  ["[connectors.desk]", "connectors.desk.url: is missing; expected a string"],
  [withUrl("desk", 'bearer_token = "t0ken"'), "connectors.desk.bearer_token: a token does not belong"],
  [
    withUrl("desk", 'http_headers = { Authorization = "t0ken" }'),
    "connectors.desk.http_headers.Authorization: a credential does not belong",
  ],
  [withUrl("desk", 'command = "x"'), "connectors.desk.command: is for a server"],
  [withUrl("desk", "required = true"), "connectors.desk.required: is for a server"],
  [withUrl("desk", 'forward_headers = ["X-Mine"]'), "connectors.desk.forward_headers: is for a server"],
  [withUrl("a-name-of-more-than-thirty-six-characters"), "at most 36 characters"],
  [
    withUrl("desk", 'bearer_token_env_var = { name = "T", source = "executor" }'),
    'connectors.desk.bearer_token_env_var: source "executor" needs a server on another executor',
  ],
])("%s is refused", async (toml, expected) => {
  const message = await failure(toml);
  expect(message).toContain(expected);
  expect(message).not.toContain("t0ken");
});

test("a misspelled key and an unknown executor are told", async () => {
  const { warnings } = await load(withUrl("desk", 'executer = "x"\nexecutor = "far"'));
  expect(warnings.map(({ path }) => path)).toEqual(["connectors.desk.executer", "connectors.desk.executor"]);
  expect(warnings[0]?.message).toContain('did you mean "executor"?');
});
