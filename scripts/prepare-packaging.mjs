// Installs what the suites of the published package need and the workspace does not:
//   node scripts/prepare-packaging.mjs checkers    those that look for mistakes in a package
//   node scripts/prepare-packaging.mjs nodes       every Node that we say we run on
// Prints the file that says where they are.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { installBeside } from "./install-beside.mjs";
import { root, runMain } from "./setup.mjs";

const versions = { 20: "20.20.2", 22: "22.23.3", 24: "24.21.0" };
const platform = process.platform === "win32" ? "win" : process.platform;
const program = process.platform === "win32" ? "node.exe" : "node";

const kinds = {
  checkers: (modules) => ({
    packages: ["publint@0.3.25", "@arethetypeswrong/cli@0.18.5"],
    paths: {
      publint: join(modules, "publint", "src", "cli.js"),
      attw: join(modules, "@arethetypeswrong", "cli", "dist", "index.js"),
      // The one that the checker of types brings, older than ours.
      typescript: join(modules, "typescript", "bin", "tsc"),
    },
  }),
  nodes: (modules) => {
    const entries = Object.entries(versions);
    return {
      packages: entries.map(
        ([major, version]) => `node-${major}@npm:node-${platform}-${process.arch}@${version}`,
      ),
      paths: Object.fromEntries(
        entries.map(([major]) => [major, join(modules, `node-${major}`, "bin", program)]),
      ),
    };
  },
};

/**
 * Installs them where they are missing.
 * @param {"checkers" | "nodes"} kind
 * @returns {Promise<{ listPath: string, missing: string | undefined }>} the file that says where they are, or why they cannot
 * be had here
 */
export async function prepareTools(kind) {
  const folder = join(root, "node_modules", ".cache", `packaging-${kind}`);
  const listPath = join(folder, "list.json");
  const missing = await installBeside({ folder, listPath, ...kinds[kind](join(folder, "node_modules")) });
  return { listPath, missing };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await runMain(async () => {
    const { listPath, missing } = await prepareTools(process.argv[2] ?? "");
    console.log(missing === undefined ? listPath : `error: ${missing}`);
    return missing === undefined ? 0 : 1;
  });
}
