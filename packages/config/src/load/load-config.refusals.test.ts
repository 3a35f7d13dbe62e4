import { describe, expect, test } from "vitest";
import { loadConfig } from "./load-config.js";
import { failure, file, load } from "./load-fixture.js";

describe("a bad file", () => {
  test("every problem is named, with file, line, key, what was expected and what was there", async () => {
    expect(
      await failure(`max_name = 100
[mcp_servers.files]
args = ["a", 2]
env = { PIN = 4711, TOKEN = ["hidden"] }
enabled = "yes"
tool_timeout_sec = -1
[mcp_servers."my server"]
command = "x"
[executors.local]
url = "unix:///x"
`),
    ).toMatchInlineSnapshot(`
      "The configuration has 9 problems:
        FILE:1: max_name: expected at most 64, got 100
        FILE:2: mcp_servers.files.command: is missing; expected a string, or a url instead
        FILE:3: mcp_servers.files.args[1]: expected a string, got a number
        FILE:4: mcp_servers.files.env.PIN: expected a string, got a number
        FILE:4: mcp_servers.files.env.TOKEN: expected a string, got an array
        FILE:5: mcp_servers.files.enabled: expected true or false, got a string
        FILE:6: mcp_servers.files.tool_timeout_sec: expected more than 0, got -1
        FILE:7: mcp_servers."my server": a name has only letters, digits, _ and -, contains no __ and does not end in _, so that server__tool reads one way
        FILE:9: executors.local: this name is built in and cannot be configured; choose another one"
    `);
  });

  test("a misspelled key is told beside the key that is missing for it", async () => {
    expect(await failure('[mcp_servers.typo]\ncomand = "node"')).toMatchInlineSnapshot(`
      "The configuration has 2 problems:
        FILE:1: mcp_servers.typo.command: is missing; expected a string, or a url instead
        FILE:2: mcp_servers.typo.comand: is not a key that this version knows; did you mean "command"?"
    `);
  });

  test.each<[what: string, toml: string, expected: string]>([
    ["a wrong type", "max_name = '4'", "FILE:1: max_name: expected a number, got a string"],
    ["a fraction", "max_name = 30.5", "FILE:1: max_name: expected a whole number, got a number"],
    [
      "infinity",
      "[mcp_servers.a]\ncommand='a'\ntool_timeout_sec = inf",
      "mcp_servers.a.tool_timeout_sec: expected a number, got Infinity",
    ],
    [
      "a time that no timer can take",
      "[mcp_servers.a]\ncommand='a'\ntool_timeout_sec = 1e10",
      "expected at most 2147483, got 10000000000",
    ],
    ["a message limit below a kibibyte", "max_message_bytes = 1", "expected at least 1024, got 1"],
    [
      "a server that is no table",
      "[mcp_servers]\na = 'npx'",
      "FILE:2: mcp_servers.a: expected a table, got a string",
    ],
    ["an array of tables", "[[mcp_servers]]\na = 1", "mcp_servers: expected a table, got an array"],
    [
      "a missing command",
      "[mcp_servers.a]\nargs=[]",
      "FILE:1: mcp_servers.a.command: is missing; expected a string",
    ],
    ["an empty command", "[mcp_servers.a]\ncommand=''", "FILE:2: mcp_servers.a.command: must not be empty"],
    [
      "a NUL",
      "[mcp_servers.a]\ncommand='a'\nargs=[\"\\u0000\"]",
      "mcp_servers.a.args[0]: must not contain a NUL character",
    ],
    [
      "a bad source",
      "[mcp_servers.a]\ncommand='a'\nenv_vars=[{name='A',source='hos'}]",
      'mcp_servers.a.env_vars[0].source: expected "host" or "executor", got "hos"',
    ],
    [
      "a variable that is neither",
      "[mcp_servers.a]\ncommand='a'\nenv_vars=[1]",
      "mcp_servers.a.env_vars[0]: expected a string or a table, got a number",
    ],
    [
      "a variable without a name",
      "[mcp_servers.a]\ncommand='a'\nenv_vars=[{source='host'}]",
      "mcp_servers.a.env_vars[0].name: is missing; expected a string",
    ],
    [
      "an impossible variable name",
      "[mcp_servers.a]\ncommand='a'\nenv={'A=B'='x'}",
      'mcp_servers.a.env."A=B": the name of an environment variable has no =',
    ],
    [
      "an executor's variable for a local server",
      "[mcp_servers.a]\ncommand='a'\nenv_vars=[{name='A',source='executor'}]",
      'FILE:3: mcp_servers.a.env_vars[0]: source "executor" needs a server on another executor',
    ],
    [
      "an executor's variable for a server that runs in this process",
      "[mcp_servers.a]\ncommand='a'\nexecutor='embedded'\nenv_vars=[{name='A',source='executor'}]",
      'this one runs on "embedded"',
    ],
    [
      "this machine's PATH for a server elsewhere",
      "[executors.x]\nurl='unix:///x'\n[mcp_servers.a]\ncommand='a'\nexecutor='x'\nenv_vars=['A','Path']",
      'FILE:6: mcp_servers.a.env_vars[1]: Path of this machine means nothing on "x"',
    ],
    [
      "this machine's HOME for a server elsewhere",
      "[executors.x]\nurl='unix:///x'\n[mcp_servers.a]\ncommand='a'\nexecutor='x'\nenv_vars=[{name='HOME'}]",
      'HOME of this machine means nothing on "x"',
    ],
    [
      "two underscores in a name",
      "[mcp_servers.a__b]\ncommand='a'",
      "FILE:1: mcp_servers.a__b: a name has only letters",
    ],
    [
      "an underscore at the end of a name",
      "[mcp_servers.a_]\ncommand='a'",
      "mcp_servers.a_: a name has only letters",
    ],
    ["an empty name", "[mcp_servers.'']\ncommand='a'", 'mcp_servers."": a name has only letters'],
    [
      "a name that leaves no room for tools",
      `[mcp_servers.${"a".repeat(37)}]\ncommand='a'`,
      "the name of a server has at most 36 characters, so that tool names fit into max_name = 48; it has 37",
    ],
    [
      "the name embedded",
      "[executors.embedded]\nurl='unix:///x'",
      "executors.embedded: this name is built in",
    ],
    ["an executor without a url", "[executors.d]", "executors.d.url: is missing; expected a string"],
    [
      "two token sources",
      "[executors.d]\nurl='grpcs://d:1'\ntoken_env='A'\ntoken_file='b'",
      "executors.d.token_file: cannot stand beside token_env",
    ],
    [
      "loopback without a token",
      "[executors.d]\nurl='grpc://127.0.0.1:1'",
      "FILE:2: executors.d.url: a grpc:// executor is reachable by everybody on this machine and needs token_env or token_file",
    ],
    [
      "certificates on a socket",
      "[executors.d]\nurl='unix:///x'\ntls={ca='a'}",
      "FILE:3: executors.d.tls: is only for grpcs://, and url begins with unix://",
    ],
    [
      "half a client certificate",
      "[executors.d]\nurl='grpcs://d:1'\ntls={cert='a'}",
      "executors.d.tls.key: is missing; cert and key go together",
    ],
    [
      "too long a detach time",
      "[executors.d]\nurl='unix:///x'\ndetach_ttl_sec=601",
      "expected at most 600, got 601",
    ],
    [
      "a rule behind an unknown key",
      "[executors.d]\nurl='grpc://127.0.0.1:1'\nx=1",
      "needs token_env or token_file",
    ],
    ["a syntax error", "a = 1\nb = sk-hidden\n", "FILE:2:5 is not valid TOML: invalid value"],
    ["a key twice", "[mcp_servers.a]\n[mcp_servers.a]\n", "FILE:2:"],
  ])("%s is refused", async (_what, toml, expected) => {
    const message = await failure(toml);
    expect(message).toContain(expected);
    expect(message).not.toContain("hidden");
    expect(message).not.toContain("\n");
  });

  test("the error tells a program where to look, and holds no copy of the file", async () => {
    const error: unknown = await load("a = sk-hidden").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ details: { file, line: 1, column: 5 } });
    expect(error).not.toHaveProperty("cause");
    await expect(load("max_name = 1\nmax_message_bytes = 1")).rejects.toMatchObject({
      details: { file, path: "max_name", problems: 2 },
    });
  });

  test("a file that is not UTF-8 is refused", async () => {
    const bytes = new Uint8Array([0x61, 0x3d, 0x22, 0xff, 0x22]);
    expect(await failure("", { readFile: async () => bytes })).toBe(
      "FILE is not UTF-8; save it in that encoding",
    );
  });

  test("a folder in its place is refused", async () => {
    const here = import.meta.dirname;
    await expect(loadConfig({ home: here, mcpConfigFile: here })).rejects.toThrow(
      `${here} cannot be read (EISDIR)`,
    );
  });
});
