import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand, workspaceRoot } from "@fairlead/testkit";

/** What `scripts/prepare-packaging.mjs` installs: programs that look for mistakes in packages, or Nodes by their major version. */
export type ToolKind = "checkers" | "nodes";

/**
 * The paths of programs that are no dependencies of ours, installed on first use. Where they cannot be had the reason is
 * printed and the suite is to be skipped.
 * @param suite names the suite in the printed reason
 */
export async function findTools(
  kind: ToolKind,
  suite: string,
): Promise<Readonly<Record<string, string>> | undefined> {
  const script = join(workspaceRoot(), "scripts", "prepare-packaging.mjs");
  const prepared = await runCommand([process.execPath, script, kind], { timeoutMs: 600_000 });
  const said = prepared.stdout.trim().split("\n").at(-1) ?? "";
  if (prepared.code === 0) {
    return (JSON.parse(readFileSync(said, "utf8")) as { paths: Record<string, string> }).paths;
  }
  process.stderr.write(`skipped, ${suite}: ${said} ${prepared.stderr}\n`);
  return undefined;
}
