// Installs MCP clients, servers and bridges that we did not write, for the suites and benchmarks that use them.
// They are no dependencies of the workspace: 1 GB that only CI and the curious need.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { installBeside } from "./install-beside.mjs";
import { root, runMain } from "./setup.mjs";

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
  return installBeside({ folder, listPath, packages, paths, alsoNeeded: [codexBinary] });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await runMain(async () => {
    const missing = await prepareForeignClients();
    console.log(missing === undefined ? readFileSync(listPath, "utf8").trim() : `error: ${missing}`);
    return missing === undefined ? 0 : 1;
  });
}
