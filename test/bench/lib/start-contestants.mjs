import { spawn } from "node:child_process";
import { once } from "node:events";
import { openHttpRpc } from "../driver/rpc-http.mjs";
import { openStdioRpc } from "../driver/rpc-stdio.mjs";
import { startBridge, supergatewayCommand } from "./bridges.mjs";
import { findBridges, whyNoBridges } from "./foreign.mjs";
import { fairleadCommand, makeHome, startHttpGateway } from "./gateway.mjs";
import { programCommand } from "./programs.mjs";

/** The names that the tables use. */
export const startNames = {
  node: "node -e 0",
  version: "fairlead --version",
  list: "fairlead list",
  completedServer: "completion of a server",
  completedTool: "completion of a tool",
  completedFlag: "completion of a flag",
  relay: "serve, beside a hub",
  cached: "serve, catalogue cached",
  cold: "serve, cold",
  supergateway: "supergateway",
};

/** What stands in a command line before the tab, and one of the words that come then. */
const completed = {
  [startNames.completedServer]: { words: ["get", ""], offers: "tiny" },
  [startNames.completedTool]: { words: ["call", "tiny", ""], offers: "echo" },
  [startNames.completedFlag]: { words: ["list", "--"], offers: "--check" },
};

const server = programCommand("tiny-mcp.mjs");
const initialize = {
  protocolVersion: "2025-11-25",
  capabilities: {},
  clientInfo: { name: "bench", version: "0" },
};

/**
 * Everything that is started and timed: `start()` does it once and gives the milliseconds.
 * @returns `contestants`, and `notes` on those that are missing here
 */
export async function openStartContestants(context) {
  const known = await makeHome(context, "home-known", { name: "tiny", argv: server });
  const shared = await makeHome(context, "home-shared", { name: "tiny", argv: server });
  const hub = await startHttpGateway(context, shared);
  const fairlead = (...args) => fairleadCommand(context, `start-${args.join("-")}`, ...args);
  // Whatever is remembered of servers is remembered from here on.
  await timeToList({ argv: fairlead("serve"), env: known.env, cwd: known.folder });
  await hubToList(hub);
  const completion = (words) => fairlead("__complete", "bash", ...words);
  // The first one reads the configuration, and keeps what it found.
  for (const { words, offers } of Object.values(completed))
    await checkOffer(completion(words), offers, known);
  let fresh = 0;
  const contestants = [
    { name: startNames.node, start: () => timeToExit([process.execPath, "-e", "0"], {}) },
    { name: startNames.version, start: () => timeToExit(fairlead("--version"), known) },
    { name: startNames.list, start: () => timeToExit(fairlead("list"), known) },
    ...Object.entries(completed).map(([name, { words }]) => ({
      name,
      start: () => timeToExit(completion(words), known),
    })),
    {
      name: startNames.relay,
      start: () => timeToList({ argv: fairlead("serve"), env: shared.env, cwd: shared.folder }),
    },
    {
      name: startNames.cached,
      start: () => timeToList({ argv: fairlead("serve"), env: known.env, cwd: known.folder }),
    },
    {
      name: startNames.cold,
      start: async () => {
        fresh += 1;
        const home = await makeHome(context, `home-fresh-${fresh}`, { name: "tiny", argv: server });
        return timeToList({ argv: fairlead("serve"), env: home.env, cwd: home.folder });
      },
    },
  ];
  const bridges = findBridges();
  if (bridges === undefined) return { contestants, notes: [`No supergateway: ${whyNoBridges}.`] };
  contestants.push({
    name: startNames.supergateway,
    start: () => timeBridge(context, (port) => supergatewayCommand(bridges.supergateway, port, server)),
  });
  return { contestants, notes: [] };
}

/** From the start of a program to its end. */
async function timeToExit([program, ...args], { env, folder }) {
  const startedAtMs = performance.now();
  const child = spawn(program, args, { env: { ...process.env, ...env }, cwd: folder, stdio: "ignore" });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with code ${code}`);
  return performance.now() - startedAtMs;
}

async function checkOffer([program, ...args], offered, { env, folder }) {
  const child = spawn(program, args, { env: { ...process.env, ...env }, cwd: folder });
  child.stdin.end();
  child.stderr.resume();
  let stdout = "";
  for await (const chunk of child.stdout) stdout += chunk;
  if (!stdout.split("\n").includes(offered)) throw new Error(`${args.join(" ")} offers only: ${stdout}`);
}

/** From the start of a stdio server to its first list of tools. */
async function timeToList(spec) {
  const startedAtMs = performance.now();
  const rpc = openStdioRpc(spec);
  const durationMs = await listTools(rpc, startedAtMs);
  await rpc.close();
  return durationMs;
}

async function timeBridge(context, toArgv) {
  const scope = context.scope();
  try {
    const startedAtMs = performance.now();
    const { url } = await startBridge(scope, toArgv);
    const rpc = openHttpRpc({ url });
    const durationMs = await listTools(rpc, startedAtMs);
    await rpc.close();
    return durationMs;
  } finally {
    await scope.close();
  }
}

async function hubToList(hub) {
  const rpc = openHttpRpc(hub);
  await listTools(rpc, 0);
  await rpc.close();
}

async function listTools(rpc, startedAtMs) {
  await rpc.request("initialize", initialize);
  await rpc.notify("notifications/initialized");
  const { tools } = await rpc.request("tools/list", {});
  const durationMs = performance.now() - startedAtMs;
  if (tools.length !== 1) throw new Error(`${tools.length} tools were listed: ${JSON.stringify(tools)}`);
  return durationMs;
}
