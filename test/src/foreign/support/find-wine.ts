import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { workspaceRoot } from "@fairlead/testkit";

/** What runs the Windows build here, by absolute path. */
export interface WineParts {
  /** A prefix of which every machine is a copy; nothing is ever started in it. */
  readonly template: string;
  /** Our dependencies and a few servers, as npm installs them on Windows. */
  readonly modules: string;
}

const folder = process.env["FAIRLEAD_WINE_FOLDER"] ?? join(workspaceRoot(), "node_modules", ".cache", "wine");

/**
 * Tells where `scripts/prepare-wine.mjs` has put everything. Where it was not run, the reason is printed and the suite is to be
 * skipped; in a CI that could have run it that is a failure instead.
 * @param suite names the suite in the printed reason
 */
export function findWine(suite: string): WineParts | undefined {
  const canBeHad = process.platform === "linux" && process.arch === "x64" && existsSync("/usr/bin/apt-get");
  const listPath = join(folder, "wine.json");
  if (canBeHad && existsSync(listPath)) return JSON.parse(readFileSync(listPath, "utf8")) as WineParts;
  const reason = canBeHad
    ? "Wine is not prepared; node scripts/prepare-wine.mjs does it"
    : "Wine is prepared on Debian's Linux for x64 only";
  if (canBeHad && process.env["CI"] === "true") throw new Error(`${suite}: ${reason}`);
  process.stderr.write(`skipped, ${suite}: ${reason}\n`);
  return undefined;
}
