// Installs MCP clients, servers and bridges that we did not write, for the suites and benchmarks that use them.
// They are no dependencies of the workspace: 1 GB that only CI and the curious need.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root, run, runMain } from "./setup.mjs";

const folder = join(root, "node_modules", ".cache", "foreign-clients");
/** Where the suites read what there is: `{ packages, paths: { node, inspector, claude, codex, … } }`. */
const listPath = join(folder, "clients.json");

/**
 * Installs the programs where they are missing; takes no time where they are there.
 * @returns {Promise<string | undefined>} why they cannot be had here; undefined if they are ready
 */
export async function prepareForeignClients() {
  const platform = process.platform === "win32" ? "win" : process.platform;
  const nodePackage = `node-${platform}-${process.arch}`;
  const claudePackage = `@anthropic-ai/claude-code-${process.platform}-${process.arch}`;
  const suffix = process.platform === "win32" ? ".exe" : "";
  const packages = [
    `${nodePackage}@22.23.3`,
    "@modelcontextprotocol/inspector@2.12.0",
    "@anthropic-ai/claude-code@2.1.329",
    // The last release whose `codex` has the command `mcp-server`.
    "@openai/codex@0.153.4",
    "supergateway@4.0.0",
    "mcp-proxy@6.7.19",
  ];
  const modules = join(folder, "node_modules");
  const paths = {
    node: join(modules, nodePackage, "bin", `node${suffix}`),
    inspector: join(
      modules,
      "@modelcontextprotocol",
      "inspector",
      "clients",
      "launcher",
      "build",
      "index.js",
    ),
    // The package's own install script only puts this very file in another place.
    claude: join(modules, claudePackage, `claude${suffix}`),
    // Scripts for Node, ours is new enough. Codex' one starts the binary of the package below.
    codex: join(modules, "@openai", "codex", "bin", "codex.js"),
    supergateway: join(modules, "supergateway", "dist", "index.js"),
    mcpProxy: join(modules, "mcp-proxy", "dist", "bin", "mcp-proxy.mjs"),
  };
  const codexBinary = join(modules, "@openai", `codex-${process.platform}-${process.arch}`, "vendor");
  if (isReady(packages)) return undefined;
  console.log(`Installing ${packages.join(", ")} …`);
  const exitCode = await install(packages);
  const absent = [...Object.values(paths), codexBinary].filter((path) => !existsSync(path));
  if (exitCode !== 0 || absent.length > 0) {
    const what =
      exitCode === 0 ? `npm left out ${absent.join(", ")}` : `npm ended with exit code ${exitCode}`;
    return `the foreign MCP programs could not be installed in ${folder}: ${what}. They need the npm registry once.`;
  }
  writeList({ packages, paths });
  return undefined;
}

/** @param {readonly string[]} packages */
function isReady(packages) {
  if (!existsSync(listPath)) return false;
  const list = JSON.parse(readFileSync(listPath, "utf8"));
  if (JSON.stringify(list.packages) !== JSON.stringify(packages)) return false;
  return Object.values(list.paths).every((path) => existsSync(path));
}

/** @param {readonly string[]} packages */
function install(packages) {
  rmSync(listPath, { force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const options = [
    "--no-save",
    "--no-package-lock",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    "--prefer-offline",
  ];
  // Some ask for a newer Node than the one that installs them; it is installed beside them.
  const env = { npm_config_loglevel: "error", npm_config_engine_strict: "false" };
  return run("npm", ["install", "--prefix", folder, ...options, ...packages], { env });
}

/** @param {{ packages: readonly string[], paths: Record<string, string> }} list */
function writeList(list) {
  const unfinished = `${listPath}.tmp`;
  writeFileSync(unfinished, `${JSON.stringify(list, undefined, 2)}\n`);
  renameSync(unfinished, listPath);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await runMain(async () => {
    const missing = await prepareForeignClients();
    console.log(missing === undefined ? readFileSync(listPath, "utf8").trim() : `error: ${missing}`);
    return missing === undefined ? 0 : 1;
  });
}
