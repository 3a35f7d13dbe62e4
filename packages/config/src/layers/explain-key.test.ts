import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { file, home } from "../load/load-fixture.js";
import { parseDottedKey } from "../toml/dotted-key.js";
import { explainKey } from "./explain-key.js";
import type { LayerOptions } from "./read-layers.js";

const toml = `default_executor = "far"
[executors.far]
url = "grpcs://me:SENTINEL@far:1"
[mcp_servers.a]
command = "user"
args = ["--one"]
env = { TOKEN = "SENTINEL", "b.c" = "SENTINEL" }
secret_of_a_newer_version = "SENTINEL"
[mcp_servers.web]
url = "https://x.example/?api_key=SENTINEL&page=2"
http_headers = { X-Team = "SENTINEL" }
[profiles.p.mcp_servers.a]
args = ["--two"]
`;

const theirs = resolve("/repo/.mcp.json");

function explain(key: string, options: Partial<LayerOptions> = {}) {
  const path = parseDottedKey(key);
  if (path === undefined) throw new Error(`${key} is no key`);
  const readFile = async (name: string) => (name === file ? toml : undefined);
  return explainKey({ home, readFile, ...options }, path);
}

const projectFiles = [
  {
    file: theirs,
    kind: "json",
    folder: resolve("/repo"),
    text: '{\n "mcpServers": {\n  "a": {\n   "command": "theirs" } } }',
  },
] as const;

describe("a key is explained", () => {
  test("with everything that sets it, the weakest first, and which one wins", async () => {
    const overrides = ['mcp_servers.a.args=["--three"]'];
    const [key, ...more] = await explain("mcp_servers.a.args", { profile: "p", overrides });
    expect(more).toEqual([]);
    expect(key).toEqual({
      key: "mcp_servers.a.args",
      description: "Arguments of the program.",
      type: "array of string",
      value: ["--three"],
      layers: [
        { kind: "default", value: [], wins: false },
        { kind: "user", from: file, line: 6, value: ["--one"], wins: false },
        { kind: "profile", from: file, line: 13, value: ["--two"], wins: false },
        { kind: "override", from: "--config", value: ["--three"], wins: true },
      ],
    });
  });

  test("that nobody sets, by its default, or as not set", async () => {
    expect(await explain("max_name")).toMatchObject([
      { value: 48, layers: [{ kind: "default", wins: true }] },
    ]);
    const [key] = await explain("oauth_callback_port");
    expect(key).not.toHaveProperty("value");
    expect(key?.layers).toEqual([]);
  });

  test("of a server that another file replaces: what is below it does not count any more", async () => {
    expect(await explain("mcp_servers.a.command", { projectFiles })).toMatchObject([
      {
        value: "theirs",
        layers: [
          { kind: "user", value: "user", wins: false },
          { kind: "project", from: theirs, line: 4, value: "theirs", wins: true },
        ],
      },
    ]);
    expect(await explain("mcp_servers.a.args", { projectFiles })).toMatchObject([
      {
        value: [],
        layers: [
          { kind: "default", wins: true },
          { kind: "user", value: ["--one"], wins: false },
        ],
      },
    ]);
  });

  test("for a table as every key that is written in it", async () => {
    const keys = (await explain("mcp_servers.a")).map(({ key, value }) => [key, value]);
    expect(keys).toEqual([
      ["mcp_servers.a.command", "user"],
      ["mcp_servers.a.args", ["--one"]],
      ["mcp_servers.a.env.TOKEN", "***"],
      ['mcp_servers.a.env."b.c"', "***"],
      ["mcp_servers.a.secret_of_a_newer_version", "***"],
    ]);
  });

  test("never with a secret, wherever it stands", async () => {
    for (const key of [
      "mcp_servers",
      "executors",
      "profiles",
      'mcp_servers.a.env."b.c"',
      "default_executor",
    ]) {
      expect(JSON.stringify(await explain(key, { profile: "p" }))).not.toContain("SENTINEL");
    }
    expect(await explain("mcp_servers.web.url")).toMatchObject([
      { value: "https://x.example/?api_key=***&page=2" },
    ]);
    expect(await explain("executors.far.url")).toMatchObject([{ value: "grpcs://***@far:1" }]);
  });

  test("with what gives a program a secret masked", async () => {
    const given = `[mcp_servers.a]
command = "x"
args = ["--api-key=SENTINEL", "--token", "SENTINEL", "-u", "me:SENTINEL", "https://me:SENTINEL@x", "--port", "81"]
headers_helper = "helper 'Bearer SENTINEL'"
[profiles.p.mcp_servers.a]
args = ["--pass", "SENTINEL"]
headers_helper = ["helper", "--token", "SENTINEL"]
`;
    const readFile = async (name: string) => (name === file ? given : undefined);
    const keys = await explain("mcp_servers.a", { profile: "p", readFile });
    expect(JSON.stringify(keys)).not.toContain("SENTINEL");
    expect(keys.find(({ key }) => key.endsWith("args"))?.layers).toContainEqual(
      expect.objectContaining({
        kind: "user",
        value: ["--api-key=***", "--token", "***", "-u", "me:***", "https://***@x", "--port", "81"],
      }),
    );
  });

  test("of a flag", async () => {
    expect(await explain("features.devbox", { features: { devbox: true } })).toMatchObject([
      { value: true, layers: [{ kind: "default" }, { kind: "flag", from: "--enable devbox", wins: true }] },
    ]);
  });
});

describe("what there is not", () => {
  test.each([
    [
      "mcp_servers.wb.command",
      "not_found",
      'There is no server "wb"; configured are a, web. Did you mean "web"?',
    ],
    ["executors.fat", "not_found", 'There is no executor "fat"; configured are far. Did you mean "far"?'],
    ["connectors.x.url", "not_found", 'There is no connector "x"; none is configured.'],
    ["max_nam", "usage", 'There is no key max_nam. Did you mean "max_name"?'],
    ["mcp_servers.a.comand", "usage", 'Did you mean "command"?'],
    ["a.b.c", "usage", "There is no key a.b.c."],
  ])("%s is an error that says what there is", async (key, code, message) => {
    const failing = explain(key);
    await expect(failing).rejects.toMatchObject({ code });
    await expect(failing).rejects.toThrow(message);
  });
});
