import { describe, expect, test } from "vitest";
import { failure, file, jsonFile, load, sharingDefaults } from "./load-fixture.js";

describe("a server with a url", () => {
  test("gets every default", async () => {
    const { config, warnings } = await load('[mcp_servers.web]\nurl = "https://mcp.example/mcp"\n');
    expect(warnings).toEqual([]);
    expect(config.servers.get("web")).toEqual({
      name: "web",
      transport: "http",
      url: "https://mcp.example/mcp",
      headers: {},
      envHeaders: {},
      proxy: "environment",
      login: {},
      forwardHeaders: [],
      executor: "local",
      enabled: true,
      required: false,
      startupTimeoutMs: 60_000,
      toolTimeoutMs: 300_000,
      disabledTools: [],
      protocol: "auto",
      maxMessageBytes: 67_108_864,
      share: "all",
      ...sharingDefaults,
      file,
    });
  });

  test("has every key of its own, and those of every server", async () => {
    const { config, warnings } = await load(`
[executors.devbox]
url = "unix:///x"
[mcp_servers.web]
url = "http://10.0.0.7:8080/mcp?tenant=a"
bearer_token_env_var = { name = "WEB_TOKEN", source = "executor" }
http_headers = { "X-Team" = "tools", "X-Empty" = "" }
env_http_headers = { "X-Api-Key" = "API_KEY", "X-There" = { name = "KEY", source = "executor" } }
headers_helper = ["print-headers", "--json"]
proxy = "none"
protocol = "modern"
executor = "devbox"
startup_timeout_sec = 2
`);
    expect(warnings).toEqual([]);
    expect(config.servers.get("web")).toMatchObject({
      url: "http://10.0.0.7:8080/mcp?tenant=a",
      bearerTokenVar: { name: "WEB_TOKEN", source: "executor" },
      headers: { "X-Team": "tools", "X-Empty": "" },
      envHeaders: {
        "X-Api-Key": { name: "API_KEY", source: "host" },
        "X-There": { name: "KEY", source: "executor" },
      },
      headersHelper: ["print-headers", "--json"],
      proxy: "none",
      protocol: "modern",
      executor: "devbox",
      startupTimeoutMs: 2_000,
    });
  });

  test("may name its token and its helper in one text each", async () => {
    const { config } = await load(
      "[mcp_servers.web]\nurl='https://x'\nbearer_token_env_var='T'\nheaders_helper='print-headers | cat'",
    );
    expect(config.servers.get("web")).toMatchObject({
      bearerTokenVar: { name: "T", source: "host" },
      headersHelper: "print-headers | cat",
    });
  });

  test("an unknown key is told with the nearest known one", async () => {
    const { warnings } = await load("[mcp_servers.web]\nurl='https://x'\nhttp_header={}\nscope=[]");
    expect(warnings.map(({ message }) => message.replaceAll(file, "FILE"))).toEqual([
      'FILE:3: mcp_servers.web.http_header: is not a key that this version knows; did you mean "http_headers"? (ignored)',
      'FILE:4: mcp_servers.web.scope: is not a key that this version knows; did you mean "scopes"? (ignored)',
    ]);
  });

  test.each<[what: string, toml: string, expected: string]>([
    [
      "a command beside it",
      "command='a'\nargs=['x']\nenv={A='b'}\nurl='https://x'",
      "FILE:2: mcp_servers.a.command: cannot stand beside url: a server is a program (command) or an address (url); remove one of the two",
    ],
    [
      "arguments",
      "url='https://x'\nargs=['hidden']",
      "FILE:3: mcp_servers.a.args: is for a server with a command, and this one has a url; remove args, or url",
    ],
    [
      "an environment",
      "url='https://x'\nenv={A='hidden'}",
      "mcp_servers.a.env: is for a server with a command",
    ],
    [
      "headers of a program",
      "command='a'\nhttp_headers={}",
      "FILE:3: mcp_servers.a.http_headers: is for a server with a url, and this one has a command",
    ],
    [
      "a token of neither",
      "bearer_token_env_var='A'",
      "FILE:2: mcp_servers.a.bearer_token_env_var: is for a server with a url, and this one has no url",
    ],
    [
      "a literal token",
      "url='https://x'\nbearer_token='hidden'",
      "FILE:3: mcp_servers.a.bearer_token: a token does not belong in a configuration file; keep it in an environment variable and name that one in bearer_token_env_var",
    ],
    [
      "a literal credential",
      "url='https://x'\nhttp_headers={authorization='Bearer hidden'}",
      "FILE:3: mcp_servers.a.http_headers.authorization: a credential does not belong in a configuration file; keep it in an environment variable and name that one in bearer_token_env_var or env_http_headers",
    ],
    [
      "a literal cookie",
      "url='https://x'\nhttp_headers={Cookie='hidden'}",
      "mcp_servers.a.http_headers.Cookie: a credential does not belong in a configuration file; keep it in an environment variable and name that one in env_http_headers",
    ],
    [
      "another spelling of headers",
      "url='https://x'\nheaders={}",
      "mcp_servers.a.headers: is spelled http_headers here",
    ],
    ["another spelling of url", "httpUrl='https://x'", "FILE:2: mcp_servers.a.httpUrl: is spelled url here"],
    [
      "another scheme",
      "url='ws://hidden'",
      "FILE:2: mcp_servers.a.url: expected an address that begins with http:// or https://",
    ],
    ["a relative address", "url='/mcp'", "mcp_servers.a.url: expected an address that begins with http://"],
    ["an address that is none", "url='http://hid den'", "mcp_servers.a.url: is not a valid address"],
    [
      "a password in the address",
      "url='https://me:hidden@x/mcp'",
      "mcp_servers.a.url: must not hold a user name or password",
    ],
    ["a fragment", "url='https://x/mcp#a'", "mcp_servers.a.url: must not end in a #fragment"],
    ["an address of the wrong type", "url=1", "mcp_servers.a.url: expected a string, got a number"],
    [
      "a header of the protocol",
      "url='https://x'\nhttp_headers={'MCP-Session-Id'='a'}",
      "FILE:3: mcp_servers.a.http_headers.MCP-Session-Id: this header belongs to the protocol",
    ],
    [
      "a header of HTTP",
      "url='https://x'\nenv_http_headers={host='A'}",
      "mcp_servers.a.env_http_headers.host: this header belongs to the protocol",
    ],
    [
      "an impossible header",
      "url='https://x'\nhttp_headers={'a b'='c'}",
      'mcp_servers.a.http_headers."a b": the name of a header has only letters',
    ],
    [
      "a header twice",
      "url='https://x'\nhttp_headers={'X-A'='b','x-a'='c'}",
      "mcp_servers.a.http_headers.x-a: is there twice",
    ],
    [
      "a line break in a header",
      'url=\'https://x\'\nhttp_headers={"X-A"="hidden\\r\\nX-B: c"}',
      "mcp_servers.a.http_headers.X-A: must not contain a line break",
    ],
    [
      "a character that no header carries",
      "url='https://x'\nhttp_headers={X-A='hidden€'}",
      "mcp_servers.a.http_headers.X-A: contains a character that no header can carry",
    ],
    [
      "a variable without a name",
      "url='https://x'\nenv_http_headers={X-A=''}",
      "mcp_servers.a.env_http_headers.X-A: must not be empty",
    ],
    [
      "an executor's token for a server reached from here",
      "url='https://x'\nbearer_token_env_var={name='A',source='executor'}",
      'FILE:3: mcp_servers.a.bearer_token_env_var: source "executor" needs a server on another executor',
    ],
    [
      "an executor's header for a server reached from here",
      "url='https://x'\nenv_http_headers={X-A={name='A',source='executor'}}",
      'mcp_servers.a.env_http_headers.X-A: source "executor" needs a server on another executor',
    ],
    [
      "another proxy",
      "url='https://x'\nproxy='http://p'",
      'mcp_servers.a.proxy: expected "environment" or "none", got "http://p"',
    ],
    [
      "another era",
      "url='https://x'\nprotocol='2.0'",
      'mcp_servers.a.protocol: expected "auto" or "legacy" or "modern", got "2.0"',
    ],
    [
      "a helper without a program",
      "url='https://x'\nheaders_helper=[]",
      "mcp_servers.a.headers_helper: must not be empty",
    ],
  ])("%s is refused", async (_what, toml, expected) => {
    const message = await failure(`[mcp_servers.a]\n${toml}`);
    expect(message).toContain(expected);
    expect(message).not.toContain("hidden");
    expect(message).not.toContain("\n");
  });
});

describe("a server with a url in an mcpServers file", () => {
  const env = { HOST: "mcp.example", TOKEN: "hidden-token", KEY: "hidden-key" };
  const loadOne = async (entry: object) => {
    const { config, warnings } = await load(undefined, { env, json: { mcpServers: { a: entry } } });
    expect(warnings).toEqual([]);
    return config.servers.get("a");
  };

  test.each([
    ["http", { type: "http", url: "https://x/mcp" }],
    ["streamable-http", { type: "streamable-http", url: "https://x/mcp" }],
    ["sse", { type: "sse", url: "https://x/mcp" }],
    ["no type", { url: "https://x/mcp" }],
    ["httpUrl", { httpUrl: "https://x/mcp" }],
    ["serverUrl", { serverUrl: "https://x/mcp" }],
  ])("%s is understood", async (_what, entry) => {
    expect(await loadOne(entry)).toMatchObject({ transport: "http", url: "https://x/mcp", file: jsonFile });
  });

  test("headers that are a variable are read for each request, others are filled in once", async () => {
    const server = await loadOne({
      url: "https://${HOST}/mcp",
      headers: {
        Authorization: "Bearer ${TOKEN}",
        "X-Key": "${env:KEY}",
        "X-Both": "${HOST}:${KEY}",
        "X-Default": "${NO:-d}",
        "X-Plain": "p",
      },
    });
    expect(server).toMatchObject({
      url: "https://mcp.example/mcp",
      bearerTokenVar: { name: "TOKEN", source: "host" },
      envHeaders: { "X-Key": { name: "KEY", source: "host" } },
      headers: { "X-Both": "mcp.example:hidden-key", "X-Default": "d", "X-Plain": "p" },
    });
  });

  test("a credential that other programs have written there works", async () => {
    expect(
      await loadOne({ url: "https://x", headers: { Authorization: "Basic abc", Cookie: "a=b" } }),
    ).toMatchObject({
      headers: { Authorization: "Basic abc", Cookie: "a=b" },
      envHeaders: {},
    });
    expect(await loadOne({ url: "https://x", headers: { Authorization: "${TOKEN}" } })).toMatchObject({
      headers: {},
      envHeaders: { Authorization: { name: "TOKEN", source: "host" } },
    });
  });

  test("a helper is taken by the name that it has elsewhere", async () => {
    expect(await loadOne({ url: "https://x", headersHelper: "print" })).toMatchObject({
      headersHelper: "print",
    });
  });

  test.each<[what: string, entry: object, expected: string]>([
    [
      "a type without a url",
      { type: "http", command: "a" },
      'mcpServers.a.type: is "http", but the server has no url',
    ],
    [
      "a url with another type",
      { type: "stdio", url: "https://x" },
      'mcpServers.a.type: is "stdio", but the server has a url',
    ],
    [
      "a variable that is not set",
      { url: "https://x", headers: { "X-A": "${NO_SUCH}" } },
      "mcpServers.a.headers.X-A: the environment variable NO_SUCH is not set",
    ],
    [
      "both spellings of headers",
      { url: "https://x", headers: {}, http_headers: {} },
      "mcpServers.a.headers: is spelled",
    ],
    [
      "headers that are no table",
      { url: "https://x", headers: "hidden" },
      "mcpServers.a.headers: is spelled http_headers",
    ],
    [
      "a header of the wrong type",
      { url: "https://x", headers: { A: 4711 } },
      "expected a string, got a number",
    ],
    ["an environment", { url: "https://x", env: {} }, "mcpServers.a.env: is for a server with a command"],
  ])("%s is refused", async (_what, entry, expected) => {
    const message = await failure(undefined, { env, json: { mcpServers: { a: entry } } });
    expect(message).toContain(expected);
    expect(message).not.toMatch(/hidden|4711|\n/);
  });
});
