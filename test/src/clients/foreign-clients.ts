import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { workspaceRoot } from "@fairlead/testkit";

/** Programs that are no dependencies of ours, by absolute path. */
export interface ForeignClients {
  /** A Node new enough for {@link ForeignClients.inspector}. */
  readonly node: string;
  /** The Inspector's script. */
  readonly inspector: string;
  /** Claude Code's own binary. */
  readonly claude: string;
  /** Codex' start script; any Node runs it. */
  readonly codex: string;
}

const programs = ["node", "inspector", "claude", "codex"] as const;
const listPath = join(workspaceRoot(), "node_modules", ".cache", "foreign-clients", "clients.json");

/**
 * Tells where `scripts/prepare-foreign-clients.mjs` has put the programs. Where it was not run, the reason is printed and
 * the suite is to be skipped; in a CI that is a failure instead.
 * @param suite names the suite in the printed reason
 */
export function findForeignClients(suite: string): ForeignClients | undefined {
  if (existsSync(listPath)) {
    const { paths } = JSON.parse(readFileSync(listPath, "utf8")) as { paths: ForeignClients };
    // A list that an older script wrote may lack some.
    if (programs.every((name) => typeof paths[name] === "string")) return paths;
  }
  const reason = `${suite}: the client is not installed; node scripts/prepare-foreign-clients.mjs installs it`;
  if (process.env["CI"] === "true") throw new Error(reason);
  process.stderr.write(`skipped, ${reason}\n`);
  return undefined;
}
