import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { failure, file, home, load, sharingDefaults } from "./load-fixture.js";

describe("a good file", () => {
  test("no file at all is an empty configuration", async () => {
    const { config, warnings } = await load(undefined);
    expect(config).toEqual({
      defaultExecutor: "local",
      maxMessageBytes: 67_108_864,
      maxName: 48,
      logins: { store: "auto" },
      gateway: { allowedOrigins: [], allowedHosts: [] },
      features: { devbox: false, catalogue: true, fairlead: false, resource_tools: false },
      executors: new Map(),
      servers: new Map(),
      connectors: new Map(),
      builtIns: new Map(),
    });
    expect(warnings).toEqual([]);
  });

  test("a server with nothing but a command gets every default", async () => {
    const { config } = await load('[mcp_servers.files]\ncommand = "npx"\n');
    expect(config.servers.get("files")).toEqual({
      name: "files",
      transport: "stdio",
      command: "npx",
      args: [],
      env: {},
      envVars: [],
      executor: "local",
      enabled: true,
      required: false,
      startupTimeoutMs: 60_000,
      toolTimeoutMs: 300_000,
      disabledTools: [],
      protocol: "auto",
      maxMessageBytes: 67_108_864,
      share: "client",
      ...sharingDefaults,
      file,
    });
  });

  test("every key arrives, in camelCase and milliseconds, cwd as it was spelled", async () => {
    const { config, warnings } = await load(`
default_executor = "devbox"
max_message_bytes = 1048576
max_name = 64

[executors.devbox]
url = "grpcs://DevBox.example:7443"
token_file = "tokens/devbox"
tls = { ca = "/etc/ca.pem", cert = "~/c.pem", key = "k.pem", server_name = "devbox" }
detach_ttl_sec = 60

[executors.near]
url = "unix:///run/fairlead/x y.sock"

[executors.loop]
url = "grpc://[::1]:50051"
token_env = "LOOP_TOKEN"

[mcp_servers.files]
command = "npx"
args = ["-y", "server"]
cwd = 'C:\\Users\\me\\repo\\.'
env = { LOG = "debug" }
env_vars = ["GITHUB_TOKEN", { name = "A" }, { name = "DB_URL", source = "executor" }]
enabled = false
required = true
startup_timeout_sec = 0.5
tool_timeout_sec = 10
enabled_tools = ["read_*"]
disabled_tools = ["read_all"]
protocol = "legacy"
max_message_bytes = 2048
`);
    expect(warnings).toEqual([]);
    expect(config.servers.get("files")).toEqual({
      name: "files",
      transport: "stdio",
      command: "npx",
      args: ["-y", "server"],
      cwd: "C:\\Users\\me\\repo\\.",
      env: { LOG: "debug" },
      envVars: [
        { name: "GITHUB_TOKEN", source: "host" },
        { name: "A", source: "host" },
        { name: "DB_URL", source: "executor" },
      ],
      executor: "devbox",
      enabled: false,
      required: true,
      startupTimeoutMs: 500,
      toolTimeoutMs: 10_000,
      enabledTools: ["read_*"],
      disabledTools: ["read_all"],
      protocol: "legacy",
      maxMessageBytes: 2048,
      share: "client",
      ...sharingDefaults,
      file,
    });
    expect([...config.executors.values()]).toEqual([
      {
        name: "devbox",
        url: "grpcs://DevBox.example:7443",
        address: { scheme: "grpcs", host: "devbox.example", port: 7443 },
        token: { kind: "file", path: join(home, "tokens", "devbox") },
        tls: {
          ca: resolve("/etc/ca.pem"),
          cert: join(homedir(), "c.pem"),
          key: join(home, "k.pem"),
          serverName: "devbox",
        },
        detachTtlMs: 60_000,
      },
      {
        name: "near",
        url: "unix:///run/fairlead/x y.sock",
        address: { scheme: "unix", path: "/run/fairlead/x y.sock" },
      },
      {
        name: "loop",
        url: "grpc://[::1]:50051",
        address: { scheme: "grpc", host: "::1", port: 50051 },
        token: { kind: "env", name: "LOOP_TOKEN" },
      },
    ]);
  });

  test("a byte order mark and CRLF are no matter", async () => {
    const { config } = await load('\uFEFF[mcp_servers.a]\r\ncommand = "a"\r\n');
    expect([...config.servers.keys()]).toEqual(["a"]);
  });
});

describe("what is only noteworthy", () => {
  test("an unknown key is told with its line and the nearest known one, and ignored", async () => {
    const { config, warnings } = await load(
      'max_nam = 3\n[mcp_servers.files]\ncommand = "x"\nenvVars = ["A"]\n',
    );
    expect(config.servers.get("files")).toMatchObject({ envVars: [] });
    expect(warnings).toEqual([
      {
        kind: "unknown_key",
        file,
        path: "max_nam",
        line: 1,
        nearest: "max_name",
        message: `${file}:1: max_nam: is not a key that this version knows; did you mean "max_name"? (ignored)`,
      },
      {
        kind: "unknown_key",
        file,
        path: "mcp_servers.files.envVars",
        line: 4,
        nearest: "env_vars",
        message: `${file}:4: mcp_servers.files.envVars: is not a key that this version knows; did you mean "env_vars"? (ignored)`,
      },
    ]);
  });

  test("unknown keys inside arrays and inline tables are found too", async () => {
    const { config, warnings } = await load(`[executors.d]
url = "grpcs://d:1"
tls = { sever_name = "x" }
[mcp_servers.files]
command = "x"
env_vars = ["A", { name = "B", sources = "host" }]
`);
    expect(warnings.map(({ path }) => path)).toEqual([
      "executors.d.tls.sever_name",
      "mcp_servers.files.env_vars[1].sources",
    ]);
    expect(config.servers.get("files")).toMatchObject({
      envVars: [
        { name: "A", source: "host" },
        { name: "B", source: "host" },
      ],
    });
  });

  test("strict makes unknown keys an error", async () => {
    expect(await failure("max_nam = 3\nxyz = 1\n", { strict: true })).toMatchInlineSnapshot(`
      "The configuration has 2 problems:
        FILE:1: max_nam: is not a key that this version knows; did you mean "max_name"?
        FILE:2: xyz: is not a key that this version knows"
    `);
  });

  test("an executor that is not configured is told, and only the server that uses it will fail", async () => {
    const { config, warnings } = await load(
      'default_executor = "locl"\n[mcp_servers.a]\ncommand = "a"\nexecutor = "nowhere"\n',
    );
    expect(config.servers.get("a")?.executor).toBe("nowhere");
    expect(warnings.map(({ kind, message }) => [kind, message.replaceAll(file, "FILE")])).toEqual([
      ["unknown_executor", 'FILE:1: default_executor: there is no executor "locl"; did you mean "local"?'],
      ["unknown_executor", 'FILE:4: mcp_servers.a.executor: there is no executor "nowhere"'],
    ]);
  });
});
