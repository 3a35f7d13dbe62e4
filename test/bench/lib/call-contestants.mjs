import { nodeModuleBinary } from "@fairlead/testkit";
import { mcpProxyCommand, startBridge, supergatewayCommand } from "./bridges.mjs";
import { startDriver } from "./driver-process.mjs";
import { startExecutor } from "./executor.mjs";
import { findBridges, whyNoBridges } from "./foreign.mjs";
import { fairleadCommand, makeHome, startHttpGateway } from "./gateway.mjs";
import { startProgram } from "./processes.mjs";
import { programCommand, remoteCommand } from "./programs.mjs";
import { startSshd, whyNoSsh } from "./sshd.mjs";

/** The names that the tables use. */
export const callNames = {
  direct: "direct stdio",
  ssh: "stdio over ssh",
  stdio: "fairlead stdio",
  face: "20-line face",
  supergateway: "supergateway",
  mcpProxy: "mcp-proxy",
  http: "fairlead HTTP",
  directSdk: "SDK, direct stdio",
  stdioSdk: "SDK, fairlead stdio",
  httpSdk: "SDK, fairlead HTTP",
};

/** The server of every contestant: the reference one of the protocol's authors, whose `echo` does next to nothing. */
const server = [process.execPath, nodeModuleBinary("@modelcontextprotocol/server-everything"), "stdio"];
const tool = "echo";
const exposedTool = `ev__${tool}`;
/** After so many the code of everybody is compiled. */
const warmUpCalls = 1_000;

/**
 * All ways of an agent to a tool, each with an agent process and a server of its own.
 * @returns `contestants` with a connected driver each, `notes` on those that are missing here, and `gateway` and `executor`,
 * pids of ours over stdio
 */
export async function openCallContestants(context) {
  const { target, pid: executor } = await startExecutor(context, "executor", { listen: "unix" });
  const homeOf = (name) => makeHome(context, name, { name: "ev", argv: server, target });
  const stdio = { kind: "stdio", ...(await serveSpec(context, await homeOf("home-stdio"))) };
  const http = {
    kind: "http",
    tool: exposedTool,
    ...(await startHttpGateway(context, await homeOf("home-http"))),
  };
  const face = await startProgram(programCommand("plain-face.mjs", ...server));
  context.own(face);
  const specs = [
    { name: callNames.direct, kind: "stdio", argv: server },
    ...(await sshSpecs(context)),
    { name: callNames.stdio, ...stdio },
    { name: callNames.face, kind: "http", url: `http://127.0.0.1:${face.line}/mcp` },
    ...(await bridgeSpecs(context)),
    { name: callNames.http, ...http },
    { name: callNames.directSdk, kind: "stdio", argv: server, isSdk: true },
    { name: callNames.stdioSdk, ...stdio, isSdk: true },
    { name: callNames.httpSdk, ...http, isSdk: true },
  ];
  const contestants = [];
  let gateway;
  for (const { name, ...spec } of specs) {
    const driver = await startDriver(context, name.replaceAll(/[^A-Za-z0-9]+/g, "-"));
    const started = await driver.call("openCalls", { tool, ...spec });
    if (name === callNames.stdio) gateway = started;
    await driver.call("calls", { calls: context.amount(warmUpCalls, 50) });
    contestants.push({ name, driver });
  }
  const noSsh = whyNoSsh();
  const notes = [
    ...(noSsh === undefined ? [] : [`No ssh contestant: ${noSsh}.`]),
    ...(findBridges() === undefined ? [`No bridges of others: ${whyNoBridges}.`] : []),
  ];
  return { contestants, notes, gateway, executor };
}

async function serveSpec(context, { folder, env }) {
  return { tool: exposedTool, argv: fairleadCommand(context, "gateway-stdio", "serve"), env, cwd: folder };
}

async function sshSpecs(context) {
  if (whyNoSsh() !== undefined) return [];
  const { command } = await startSshd(context);
  return [{ name: callNames.ssh, kind: "stdio", argv: [...command(), ...remoteCommand(server)] }];
}

async function bridgeSpecs(context) {
  const bridges = findBridges();
  if (bridges === undefined) return [];
  const commands = {
    supergateway: (port) => supergatewayCommand(bridges.supergateway, port, server),
    mcpProxy: (port) => mcpProxyCommand(bridges.mcpProxy, port, server),
  };
  const specs = [];
  for (const [key, toArgv] of Object.entries(commands)) {
    const { url } = await startBridge(context, toArgv);
    specs.push({ name: callNames[key], kind: "http", url });
  }
  return specs;
}
