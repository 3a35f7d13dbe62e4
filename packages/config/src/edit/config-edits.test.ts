import { parse } from "smol-toml";
import { describe, expect, test } from "vitest";
import { addExecutor, addServer, removeExecutor, removeServer, setServerEnabled } from "./config-edits.js";

const commented = `# my servers
default_executor = "local" # for now

# about files
[mcp_servers.files] # header
# inside
command = "npx" # trailing
args = [
  "-y", # yes
]
# args = ["--debug"]

# the environment of files
[mcp_servers.files.env]
LOG = "debug" # why

# about b
[mcp_servers.b]
command = 'b'

# end of the file
`;

describe("adding", () => {
  test("starts an empty file", () => {
    expect(addServer("", "files", { command: "npx", args: ["-y", "x"] })).toMatchInlineSnapshot(`
      "[mcp_servers.files]
      command = "npx"
      args = ["-y", "x"]
      "
    `);
  });

  test("puts a server at the end and touches nothing else", () => {
    const result = addServer(commented, "new", {
      command: "npx",
      cwd: "C:\\Users\\me",
      env: { LOG: "a'b\\c", "odd name": "" },
      env_vars: ["TOKEN", { name: "DB_URL", source: "executor" }],
      executor: "devbox",
      tool_timeout_sec: 1.5,
      required: true,
    });
    expect(result.startsWith(commented)).toBe(true);
    expect(result.slice(commented.length)).toMatchInlineSnapshot(`
      "
      [mcp_servers.new]
      command = "npx"
      cwd = 'C:\\Users\\me'
      env = { LOG = "a'b\\\\c", "odd name" = "" }
      env_vars = ["TOKEN", { name = "DB_URL", source = "executor" }]
      executor = "devbox"
      tool_timeout_sec = 1.5
      required = true
      "
    `);
  });

  test("adds an executor with its certificates", () => {
    expect(
      addExecutor("# mine\n", "devbox", {
        url: "grpcs://devbox:7443",
        token_env: "DEVBOX_TOKEN",
        tls: { ca: "ca.pem", server_name: "devbox" },
      }),
    ).toMatchInlineSnapshot(`
      "# mine

      [executors.devbox]
      url = "grpcs://devbox:7443"
      token_env = "DEVBOX_TOKEN"
      tls = { ca = "ca.pem", server_name = "devbox" }
      "
    `);
  });

  test("keeps the line ends of the file", () => {
    expect(addServer("a = 1\r\n", "x", { command: "x" }).replaceAll("\r\n", "~")).not.toContain("\n");
  });

  test("keeps a byte order mark at the front", () => {
    const result = addServer("\uFEFF", "x", { command: "x" });
    expect(result).toBe('\uFEFF[mcp_servers.x]\ncommand = "x"\n');
    expect(removeServer(result, "x")).toBe("\uFEFF");
  });

  test("works beside dotted keys", () => {
    const text = 'mcp_servers.a.command = "a"\n';
    expect(parse(addServer(text, "b", { command: "b" }))).toEqual({
      mcp_servers: { a: { command: "a" }, b: { command: "b" } },
    });
  });

  test("works inside a group that is one inline table", () => {
    expect(addServer('mcp_servers = { a = { command = "a" } } # all\n', "b", { command: "b" })).toBe(
      'mcp_servers = { a = { command = "a" }, b = { command = "b" } } # all\n',
    );
  });

  test("refuses an inline group of several lines rather than reformat it", () => {
    expect(() => addServer('mcp_servers = { a = { command = """\na""" } }', "b", { command: "b" })).toThrow(
      expect.objectContaining({ code: "usage", reason: "config_invalid" }),
    );
  });

  test("refuses a name that is taken", () => {
    expect(() => addServer(commented, "files", { command: "x" })).toThrow(
      expect.objectContaining({
        code: "already_exists",
        reason: "name_taken",
        message: 'There is already a server "files". Choose another name, or replace it with --force.',
      }),
    );
  });

  test("refuses an executor whose name is taken", () => {
    const text = '[executors.devbox]\nurl = "unix:///x"\n';
    expect(() => addExecutor(text, "devbox", { url: "unix:///y" })).toThrow(
      'There is already an executor "devbox". Choose another name, or replace it with --force.',
    );
  });

  test.each<[what: string, name: string, entry: Parameters<typeof addServer>[2], message: string]>([
    ["an empty command", "x", { command: "" }, "mcp_servers.x.command: must not be empty"],
    ["a bad name", "a__b", { command: "x" }, "mcp_servers.a__b: a name has only"],
    [
      "an unknown key",
      "x",
      { command: "x", arg: [] } as never,
      'mcp_servers.x.arg: is not a key that this version knows; did you mean "args"?',
    ],
    [
      "a missing environment",
      "x",
      { command: "x", env_vars: [{ name: "A", source: "executor" }] },
      'source "executor" needs a server on another executor',
    ],
    ["half a surrogate pair", "x", { command: "\uD800" }, "not valid Unicode"],
  ])("refuses %s", (_what, name, entry, message) => {
    expect(() => addServer("", name, entry)).toThrow(message);
  });

  test("is not kept back by another entry that is invalid", () => {
    expect(addServer("[mcp_servers.bad]\n", "x", { command: "x" })).toContain("[mcp_servers.x]");
  });
});

describe("removing", () => {
  test("takes the tables of a server and their comments, and leaves all others", () => {
    expect(removeServer(commented, "files")).toMatchInlineSnapshot(`
      "# my servers
      default_executor = "local" # for now

      # about b
      [mcp_servers.b]
      command = 'b'

      # end of the file
      "
    `);
    expect(removeServer(commented, "b")).toBe(
      commented.replace("# about b\n[mcp_servers.b]\ncommand = 'b'\n\n", ""),
    );
  });

  test.each<[what: string, text: string, expected: string]>([
    ["the only table", '[mcp_servers.x]\ncommand = "x"\n', ""],
    ["a table of strange spelling", "a = 1\n[ mcp_servers . 'x' ]\ncommand = 'x'\n[b]\n", "a = 1\n[b]\n"],
    [
      "a table and one far away",
      "[mcp_servers.x]\ncommand = 'x'\n\n[b]\nc = 1\n\n# env\n[mcp_servers.x.env]\nA = '1'\n\n[d]\n",
      "[b]\nc = 1\n\n[d]\n",
    ],
    [
      "an array of tables inside",
      "[mcp_servers.x]\n[[mcp_servers.x.y]]\nz = 1\n[[mcp_servers.x.y]]\nz = 2\n[[b]]\n",
      "[[b]]\n",
    ],
    [
      "dotted keys",
      "# one\nmcp_servers.a.command = 'a'\n# two\nmcp_servers.x.command = 'x'\nmcp_servers.x.args = [\n'#', # y\n]\nlast = 1\n",
      "# one\nmcp_servers.a.command = 'a'\nlast = 1\n",
    ],
    [
      "a dotted key below the comment at the top",
      "# top\nmcp_servers.x.command = 'x'\na = 1\n",
      "# top\na = 1\n",
    ],
    [
      "a line of a table",
      "[mcp_servers]\n# one\nx = { command = 'x' } # x\n# two\na = { command = 'a' }\n",
      "[mcp_servers]\n# two\na = { command = 'a' }\n",
    ],
    [
      "a part of an inline group",
      "mcp_servers = { x = { command = 'x' }, a = { command = 'a' } } # all",
      'mcp_servers = { a = { command = "a" } } # all',
    ],
    [
      "a table like one in a string",
      "a = '''\n[mcp_servers.x]\n'''\n\n[mcp_servers.x]\ncommand = '''\n[b]'''\n\n[b]\n",
      "a = '''\n[mcp_servers.x]\n'''\n\n[b]\n",
    ],
    [
      "a table, not one that begins the same",
      "[mcp_servers.x]\ncommand = 'x'\n[mcp_servers.xy]\ncommand = 'y'\n",
      "[mcp_servers.xy]\ncommand = 'y'\n",
    ],
    [
      "a table below a comment that touches the one before",
      "[a]\nb = 1\n# whose?\n[mcp_servers.x]\ncommand = 'x'\n",
      "[a]\nb = 1\n# whose?\n",
    ],
    [
      "a table above a comment that touches the one after",
      "[mcp_servers.x]\ncommand = 'x'\n# whose?\n[a]\n",
      "# whose?\n[a]\n",
    ],
    [
      "a table above a comment that stands alone",
      "[mcp_servers.x]\ncommand = 'x'\n\n# alone\n\n[a]\n",
      "# alone\n\n[a]\n",
    ],
    [
      "a table below the comment at the top",
      "# top\n[mcp_servers.x]\ncommand = 'x'\n\n[a]\n",
      "# top\n\n[a]\n",
    ],
    [
      "a last table with a comment below",
      "a = 1\n\n[mcp_servers.x]\ncommand = 'x'\n# args = []\n",
      "a = 1\n",
    ],
    [
      "a table with CRLF",
      "a = 1\r\n\r\n# x\r\n[mcp_servers.x]\r\ncommand = 'x'\r\n\r\n[b]\r\n",
      "a = 1\r\n\r\n[b]\r\n",
    ],
    [
      "the last table of a file without a last line break",
      "a = 1\n\n[mcp_servers.x]\ncommand = 'x'",
      "a = 1",
    ],
  ])("takes out %s", (_what, text, expected) => {
    expect(removeServer(text, "x")).toBe(expected);
  });

  test("names the nearest server where there is none of that name", () => {
    expect(() => removeServer(commented, "flies")).toThrow(
      expect.objectContaining({
        code: "not_found",
        reason: "server_unknown",
        message: 'There is no server "flies"; configured are files, b. Did you mean "files"?',
      }),
    );
    expect(() => removeExecutor(commented, "devbox")).toThrow(
      expect.objectContaining({
        code: "not_found",
        reason: "executor_unknown",
        message: 'There is no executor "devbox"; no executor is configured.',
      }),
    );
    expect(() => removeServer("", "constructor")).toThrow("no server is configured");
  });

  test("removes a server that is invalid", () => {
    expect(removeServer("[mcp_servers.bad]\nurl = 5\n", "bad")).toBe("");
  });
});

describe("replacing", () => {
  test("keeps the place of the table and the comment above it", () => {
    expect(addServer(commented, "files", { command: "other" }, { replace: true })).toMatchInlineSnapshot(`
      "# my servers
      default_executor = "local" # for now

      # about files
      [mcp_servers.files]
      command = "other"

      # about b
      [mcp_servers.b]
      command = 'b'

      # end of the file
      "
    `);
  });

  test.each<[what: string, text: string, expected: string]>([
    [
      "dotted keys by a table",
      "a = 1\nmcp_servers.x.command = 'x'\n",
      'a = 1\n\n[mcp_servers.x]\ncommand = "new"\n',
    ],
    [
      "a last table without a last line break",
      "[mcp_servers.x]\ncommand = 'x'",
      '[mcp_servers.x]\ncommand = "new"',
    ],
    [
      "scattered tables",
      "[mcp_servers.x]\ncommand = 'x'\n[b]\n[mcp_servers.x.env]\nA = '1'\n",
      '[mcp_servers.x]\ncommand = "new"\n[b]\n',
    ],
    [
      "an inline value",
      "[mcp_servers]\nx = { command = 'x' }\n",
      '[mcp_servers]\n\n[mcp_servers.x]\ncommand = "new"\n',
    ],
    ["nothing", "", '[mcp_servers.x]\ncommand = "new"\n'],
  ])("replaces %s", (_what, text, expected) => {
    expect(addServer(text, "x", { command: "new" }, { replace: true })).toBe(expected);
  });
});

describe("switching on and off", () => {
  test("changes a value where it is written, and nothing else", () => {
    const off = setServerEnabled(commented, "b", false);
    expect(off).toBe(commented.replace("[mcp_servers.b]\n", "[mcp_servers.b]\nenabled = false\n"));
    const noted = off.replace("enabled = false", "enabled = false # too slow");
    expect(setServerEnabled(noted, "b", true)).toBe(noted.replace("enabled = false", "enabled = true"));
  });

  test("leaves alone what is so already, also without a word about it", () => {
    expect(setServerEnabled(commented, "b", true)).toBe(commented);
    const off = setServerEnabled(commented, "b", false);
    expect(setServerEnabled(off, "b", false)).toBe(off);
  });

  test("comes directly below the head of a table that ends the file", () => {
    expect(setServerEnabled("[mcp_servers.a.env]\r\n[mcp_servers.a] # last", "a", false)).toBe(
      "[mcp_servers.a.env]\r\n[mcp_servers.a] # last\r\nenabled = false",
    );
  });

  test.each([
    'mcp_servers = { a = { command = "x" }, b = { command = "y" } }\n',
    'mcp_servers.a = { command = "x" }\nmcp_servers.b = { command = "y" }\n',
    '[mcp_servers]\na.command = "x"\nb.command = "y"\n',
    '[mcp_servers]\na.command = "x"\na.enabled = true\nb.command = "y"\n',
  ])("works where the server is written as in %j", (text) => {
    expect(parse(setServerEnabled(text, "a", false))).toEqual({
      mcp_servers: { a: { command: "x", enabled: false }, b: { command: "y" } },
    });
  });

  test("of a server that is not there is refused with the names that are", () => {
    expect(() => setServerEnabled(commented, "fles", false)).toThrow(
      expect.objectContaining({
        code: "not_found",
        message: expect.stringContaining("configured are files, b"),
      }),
    );
  });
});
