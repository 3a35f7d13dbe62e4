import type { StdioServerConfig } from "@fairlead/config";
import type { LaunchQuestion } from "@fairlead/core";
import type { McpConnection } from "@fairlead/mcp";
import { expect, test } from "vitest";
import type { CommandContext } from "../../commands/context.js";
import { serverSettings } from "../../runtime/server-fixture.js";
import { type CheckResult, ok } from "../check.js";
import type { ExecutorFacts } from "../executor/executor-facts.js";
import { type Ledger, runChain } from "../run-chain.js";
import { toLaunchQuestion } from "./launch-question.js";
import { executorsOf, serverChain } from "./server-chain.js";
import type { ServerFacts } from "./server-facts.js";

const server: StdioServerConfig = {
  ...serverSettings,
  name: "files",
  transport: "stdio",
  command: "npx.cmd",
  args: ["C:\\Users\\me\\repo"],
  cwd: "C:\\Users\\me\\repo",
  env: {},
  envVars: [{ name: "GITHUB_TOKEN", source: "host" }],
};

/** What a Windows executor says of itself. */
const machine = { pathConvention: "windows", isLocal: false } as const;

test("a healthy server on a Windows executor is well from a POSIX host, and looked at there", async () => {
  const asked: LaunchQuestion[] = [];
  const executor: ExecutorFacts = {
    name: "devbox",
    config: {
      name: "devbox",
      url: "grpcs://devbox:7040",
      address: { scheme: "grpcs", host: "devbox", port: 7040 },
    },
    env: {},
    readSecrets: () => Promise.resolve({}),
    opening: () => Promise.reject(new Error("not asked")),
    session: () => Promise.resolve({ listProcesses: () => Promise.resolve([]) } as never),
  };
  const nothing = { ended: [], forced: [], survived: [], blindSpots: [] };
  const connection = {
    era: "legacy",
    initializeResult: {
      protocolVersion: "2025-11-25",
      value: { capabilities: {}, serverInfo: { name: "x" } },
    },
    close: () => Promise.resolve(nothing),
  } as unknown as McpConnection;
  const context = { env: { GITHUB_TOKEN: "x" }, cwd: "/home/me", signal: new AbortController().signal };
  const facts: ServerFacts = {
    server,
    executor,
    context: context as unknown as CommandContext,
    findings: async () => {
      asked.push(toLaunchQuestion(server, machine, context));
      return {
        program: { path: "C:\\Program Files\\nodejs\\npx.cmd" },
        cwd: { path: "C:\\Users\\me\\repo" },
        unsetVariables: [],
      };
    },
    place: () => Promise.resolve({ executor: "devbox", isWindows: true }),
    start: () => Promise.resolve({ connection, tookMs: 12 }),
    oddities: [],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const ledger: Ledger = new Map();
  const chain = serverChain({ server, executor, facts: () => facts, settings: () => ok("stdio, on devbox") });
  const results = await runChain(chain, { ledger, fixes: false, signal: context.signal });
  expect(results.filter(({ status }) => status !== "ok")).toEqual([]);
  const machines = results.map(({ id, machine: where }): readonly [CheckResult["id"], string] => [id, where]);
  expect(machines).toEqual([
    ["server-config", "host"],
    ["server-env", "host"],
    ["server-program", "devbox"],
    ["server-cwd", "devbox"],
    ["server-executor-env", "devbox"],
    ["server-spawn", "devbox"],
    ["server-handshake", "devbox"],
    ["server-tools", "devbox"],
    ["server-teardown", "devbox"],
  ]);
  expect(asked[0]).toMatchObject({ program: "npx.cmd", cwd: "file:///C:/Users/me/repo" });
});

test("an executor is asked once, and not for a server that is reached from here", () => {
  const web = {
    ...serverSettings,
    name: "web",
    transport: "http",
    url: "http://a.invalid",
    executor: "local",
  };
  const servers = [server, { ...server, name: "two" }, web, { ...web, executor: "far" }] as never;
  expect(executorsOf(servers)).toEqual(["devbox", "far"]);
});
