import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { failure, home, load } from "./load-fixture.js";

describe("who uses a server, and how", () => {
  test("every key arrives, in camelCase and milliseconds", async () => {
    const { config, warnings } = await load(`
[mcp_servers.files]
command = "files"
share = "session"
idle_timeout_sec = 0.5
max_lifetime_sec = 3600
supports_parallel_tool_calls = false
default_approval = "auto"
elicitations = "accept-empty"
tools."read file" = { approval = "approve", rename = "read", description = "Reads." }
[mcp_servers.files.tools.rm]
approval = "prompt"
`);
    expect(warnings).toEqual([]);
    expect(config.servers.get("files")).toMatchObject({
      share: "session",
      idleTimeoutMs: 500,
      maxLifetimeMs: 3_600_000,
      supportsParallelToolCalls: false,
      defaultApproval: "auto",
      elicitations: "accept-empty",
      tools: {
        "read file": { approval: "approve", rename: "read", description: "Reads." },
        rm: { approval: "prompt" },
      },
    });
  });

  test("a program is each agent's own, an address is everybody's", async () => {
    const { config } = await load('[mcp_servers]\na = { command = "a" }\nb = { url = "https://b.example" }');
    expect(config.servers.get("a")).toMatchObject({ share: "client" });
    expect(config.servers.get("b")).toMatchObject({ share: "all" });
  });

  test("headers of agents are passed on by name, whatever their case", async () => {
    const { config } = await load(
      '[mcp_servers.a]\nurl = "https://a.example"\nforward_headers = ["X-Tenant", "x-tenant", "Traceparent"]',
    );
    expect(config.servers.get("a")).toMatchObject({ forwardHeaders: ["x-tenant", "traceparent"] });
  });

  test.each(["Authorization", "COOKIE", "proxy-authorization"])("%s is never passed on", async (header) => {
    const toml = `[mcp_servers.a]\nurl = "https://a.example"\nforward_headers = ["${header}"]`;
    expect(await failure(toml)).toContain(
      "mcp_servers.a.forward_headers[0]: an agent's own credentials are never passed on",
    );
  });

  test.each(["Host", "Mcp-Session-Id", "mcp-anything", "Content-Length"])(
    "%s is never passed on",
    async (header) => {
      const toml = `[mcp_servers.a]\nurl = "https://a.example"\nforward_headers = ["${header}"]`;
      expect(await failure(toml)).toContain(
        "mcp_servers.a.forward_headers[0]: this header belongs to the protocol",
      );
    },
  );

  test("a program gets no headers", async () => {
    expect(await failure('[mcp_servers.a]\ncommand = "a"\nforward_headers = []')).toContain(
      "mcp_servers.a.forward_headers: is for a server with a url, and this one has a command",
    );
  });

  test.each([
    ["share = 'everybody'", 'share: expected "all" or "client" or "session", got "everybody"'],
    ["idle_timeout_sec = 0", "idle_timeout_sec: expected more than 0, got 0"],
    ["default_approval = 'never'", 'expected "auto" or "prompt" or "writes" or "approve", got "never"'],
    ["elicitations = true", "elicitations: expected"],
    ["tools.rm.rename = ''", "tools.rm.rename: must not be empty"],
    ["tools.rm = 'prompt'", "tools.rm: expected a table, got a string"],
  ])("%s is refused", async (line, expected) => {
    expect(await failure(`[mcp_servers.a]\ncommand = "a"\n${line}\n`)).toContain(expected);
  });

  test("a misspelled key of a tool is told with the nearest one", async () => {
    const { warnings } = await load('[mcp_servers.a]\ncommand = "a"\ntools.rm.aproval = "prompt"');
    expect(warnings.map(({ message }) => message).join()).toContain('did you mean "approval"?');
  });

  test.each(["fairlead", "devbox", "devbox_mine"])("a server cannot be called %s", async (name) => {
    expect(await failure(`[mcp_servers.${name}]\ncommand = "a"`)).toContain(
      `mcp_servers.${name}: this name belongs to a server that is built in`,
    );
  });
});

describe("a built-in server", () => {
  test("asks as it is told to, on the whole and tool by tool", async () => {
    const { config, warnings } = await load(`
[built_ins.devbox_local]
default_approval = "prompt"
[built_ins.devbox_local.tools.run_command]
approval = "approve"
`);
    expect(warnings).toEqual([]);
    expect(config.builtIns.get("devbox_local")).toEqual({
      defaultApproval: "prompt",
      tools: { run_command: { approval: "approve" } },
    });
  });

  test("of an executor that there is not is told", async () => {
    const { warnings } = await load("[built_ins.devbox_lokal]");
    expect(warnings.map(({ message }) => message).join()).toContain(
      'built_ins.devbox_lokal: there is no executor "lokal"; did you mean "local"?',
    );
  });

  test("that asks nothing is refused", async () => {
    expect(await failure("[built_ins.files]")).toContain("known are devbox_EXECUTOR");
  });
});

describe("the gateway", () => {
  test("listens nowhere by itself", async () => {
    const { config } = await load("");
    expect(config.gateway).toEqual({ allowedOrigins: [], allowedHosts: [] });
  });

  test("has every key, its files being paths of this machine", async () => {
    const { config, warnings } = await load(`
[gateway]
http = "[::1]:7150"
allowed_origins = ["https://app.example"]
allowed_hosts = ["tools.example"]
tls = { cert = "tls/cert.pem", key = "/etc/key.pem" }
session_idle_sec = 60
max_sessions = 5
`);
    expect(warnings).toEqual([]);
    expect(config.gateway).toEqual({
      http: { host: "::1", port: 7150 },
      allowedOrigins: ["https://app.example"],
      allowedHosts: ["tools.example"],
      tls: { cert: join(home, "tls", "cert.pem"), key: resolve("/etc/key.pem") },
      sessionIdleMs: 60_000,
      maxSessions: 5,
    });
  });

  test("lets in by tokens of an authorization server, which it checks or asks about", async () => {
    const { config, warnings } = await load(`
[gateway.oauth]
issuer = "https://login.example/tenant"
resource = "https://tools.example/mcp"
audiences = ["api://tools"]
scopes = ["mcp"]
introspection = { url = "https://login.example/ask", client_id = "tools", client_secret_env = "ASK_SECRET" }
`);
    expect(warnings).toEqual([]);
    expect(config.gateway.oauth).toEqual({
      issuer: "https://login.example/tenant",
      resource: "https://tools.example/mcp",
      audiences: ["api://tools"],
      scopes: ["mcp"],
      introspection: {
        url: "https://login.example/ask",
        clientId: "tools",
        clientSecretVar: "ASK_SECRET",
      },
    });
    const { config: least } = await load(
      '[gateway.oauth]\nissuer = "http://[::1]:9"\njwks_url = "http://localhost/keys"',
    );
    expect(least.gateway.oauth).toEqual({
      issuer: "http://[::1]:9",
      audiences: [],
      scopes: [],
      jwksUrl: "http://localhost/keys",
    });
  });

  test.each([
    ['scopes = ["mcp"]', "gateway.oauth.issuer: is missing"],
    ['issuer = "http://login.example"', "gateway.oauth.issuer: expected https://"],
    ['issuer = "login.example"', "gateway.oauth.issuer: expected a whole address"],
    ['jwks_url = "http://login.example/keys"', "gateway.oauth.jwks_url: expected https://"],
    ['resource = "https://tools.example/mcp?a=b"', "gateway.oauth.resource: must not have a ?query"],
    ['resource = "https://tools.example/#a"', "gateway.oauth.resource: must not end in a #fragment"],
    ['scopes = ["a b"]', "gateway.oauth.scopes[0]: a scope has no space"],
    ['audiences = [""]', "gateway.oauth.audiences[0]: must not be empty"],
    [
      'introspection = { url = "https://login.example/ask", client_id = "tools" }',
      "gateway.oauth.introspection.client_secret_env: is missing",
    ],
    [
      'jwks_url = "https://a.example"\nintrospection = { url = "https://a.example", client_id = "a", client_secret_env = "A" }',
      "gateway.oauth.jwks_url: has no use",
    ],
  ])("an authorization server with %s is refused", async (line, expected) => {
    const issuer =
      line.startsWith("issuer") || line.startsWith('scopes = ["mcp')
        ? ""
        : 'issuer = "https://login.example"\n';
    expect(await failure(`[gateway.oauth]\n${issuer}${line}\n`)).toContain(expected);
  });

  test.each([
    ['http = "everywhere"', "gateway.http: expected host:port, [ipv6]:port or a port alone"],
    ['tls = { cert = "c.pem" }', "gateway.tls.key: is missing"],
    ["max_sessions = 0", "gateway.max_sessions: expected at least 1, got 0"],
  ])("%s is refused", async (line, expected) => {
    expect(await failure(`[gateway]\n${line}\n`)).toContain(expected);
  });
});

describe("features", () => {
  test("are on or off by themselves, and as the file says", async () => {
    expect((await load("")).config.features).toEqual({
      devbox: false,
      catalogue: true,
      fairlead: false,
      resource_tools: false,
    });
    const { config } = await load("[features]\ndevbox = true\ncatalogue = false");
    expect(config.features).toEqual({
      devbox: true,
      catalogue: false,
      fairlead: false,
      resource_tools: false,
    });
  });

  test("that nobody knows are told with the nearest name", async () => {
    const { warnings } = await load("[features]\ncatalog = true");
    expect(warnings.map(({ message }) => message).join()).toContain('did you mean "catalogue"?');
    expect(await failure("[features]\ncatalog = true", { strict: true })).toContain("features.catalog");
  });
});
