import type { HttpServerConfig, ServerConfig, StdioServerConfig } from "@fairlead/config";
import { describe, expect, test } from "vitest";
import { type InstanceSurroundings, instanceKeyOf } from "./instance-key.js";
import { serverSettings } from "./server-fixture.js";

const program: StdioServerConfig = {
  ...serverSettings,
  transport: "stdio",
  command: "node",
  args: ["a.js"],
  env: { A: "1", B: "2" },
  envVars: [
    { name: "TOKEN", source: "host" },
    { name: "THERE", source: "executor" },
  ],
};
const address: HttpServerConfig = {
  ...serverSettings,
  transport: "http",
  url: "https://a.example/mcp",
  headers: { "X-A": "1" },
  envHeaders: { "X-Key": { name: "KEY", source: "host" } },
  bearerTokenVar: { name: "TOKEN", source: "host" },
  headersHelper: "print-headers",
  proxy: "environment",
  login: {},
  forwardHeaders: [],
};
const surroundings: InstanceSurroundings = {
  env: { TOKEN: "t1", KEY: "k1" },
  cwd: "/home/me",
  executor: "devbox at x",
};

function changed(server: ServerConfig, more: Partial<InstanceSurroundings> = {}): boolean {
  const same = server.transport === "stdio" ? program : address;
  return instanceKeyOf(server, { ...surroundings, ...more }) !== instanceKeyOf(same, surroundings);
}

describe("another copy is needed", () => {
  test.each<[what: string, other: ServerConfig]>([
    ["program", { ...program, command: "deno" }],
    ["argument", { ...program, args: ["b.js"] }],
    ["folder", { ...program, cwd: "/srv" }],
    ["value of a variable", { ...program, env: { A: "1", B: "3" } }],
    ["variable to copy", { ...program, envVars: [] }],
    ["era", { ...program, protocol: "legacy" }],
    ["transport", { ...address, name: program.name }],
  ])("for another %s of a program", (_, other) => {
    expect(instanceKeyOf(other, surroundings)).not.toBe(instanceKeyOf(program, surroundings));
  });

  test.each<[what: string, other: ServerConfig]>([
    ["url", { ...address, url: "https://a.example/mcp?tenant=b" }],
    ["header", { ...address, headers: { "X-A": "2" } }],
    ["source of a header", { ...address, envHeaders: { "X-Key": { name: "OTHER", source: "host" } } }],
    ["source of the token", { ...address, bearerTokenVar: { name: "TOKEN", source: "executor" } }],
    ["helper", { ...address, headersHelper: ["print-headers"] }],
    ["proxy", { ...address, proxy: "none" }],
    ["issuer", { ...address, login: { issuer: "https://login.example" } }],
    ["list of scopes", { ...address, login: { scopes: ["read"] } }],
    ["empty list of scopes", { ...address, login: { scopes: [] } }],
    ["client", { ...address, login: { clientId: "desk" } }],
    ["variable with the client's secret", { ...address, login: { clientSecretVar: "SECRET" } }],
    ["resource", { ...address, login: { resource: false } }],
    ["way to log in", { ...address, login: { machine: { kind: "secret", variable: "SECRET" } } }],
  ])("for another %s of an address", (_, other) => {
    expect(changed(other)).toBe(true);
  });

  test("for another key of a machine, and not for what only the next login in a browser needs", () => {
    const of = (login: HttpServerConfig["login"]) => instanceKeyOf({ ...address, login }, surroundings);
    const key = (file: string) => of({ machine: { kind: "key", key: { kind: "file", path: file } } });
    expect(key("/a.pem")).not.toBe(key("/b.pem"));
    expect(of({ callbackPort: 8_123, callbackUrl: "http://localhost/" })).toBe(of({}));
  });

  test("where this machine has another value for it, and not for a variable that nobody asked for", () => {
    expect(changed(program, { env: { TOKEN: "t2" } })).toBe(true);
    expect(changed(address, { env: { TOKEN: "t1", KEY: "k2" } })).toBe(true);
    expect(changed(program, { env: { ...surroundings.env, PWD: "/elsewhere" } })).toBe(false);
  });

  test("in another folder, unless the server names its own, and on another executor", () => {
    const named = { ...program, cwd: "/srv" };
    expect(changed(program, { cwd: "/home/you" })).toBe(true);
    expect(instanceKeyOf(named, { ...surroundings, cwd: "/home/you" })).toBe(
      instanceKeyOf(named, surroundings),
    );
    expect(changed(program, { executor: "devbox at y" })).toBe(true);
  });
});

test("limits, filters, names and the order of tables change nothing", () => {
  const other: ServerConfig = {
    ...program,
    name: "renamed",
    env: { B: "2", A: "1" },
    toolTimeoutMs: 9,
    enabledTools: ["a"],
    disabledTools: ["b"],
    share: "all",
    defaultApproval: "prompt",
    tools: { a: { approval: "auto" } },
    required: true,
  };
  expect(changed(other)).toBe(false);
});

test("a key tells no value", () => {
  expect(instanceKeyOf(program, surroundings)).toMatch(/^[0-9a-f]{64}$/);
});
