import { existsSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { FairleadError } from "@fairlead/core";
import {
  type CommandResult,
  createTempFolder,
  runCommand,
  type TempFolder,
  workspaceRoot,
} from "@fairlead/testkit";
import { outputOf } from "../../servers/support/output-of.js";

/** How npm is run. */
export interface NpmOptions {
  /** The Node that runs it. @default the one of this process */
  readonly node?: string | undefined;
  readonly cwd?: string | undefined;
  /** @default npm */
  readonly program?: "npm" | "npx" | undefined;
}

/** The package as it is published, made of what is built, in a folder of its own. */
export interface Release extends AsyncDisposable {
  readonly folder: TempFolder;
  /** The archive that `npm install` takes. */
  readonly tarball: string;
  /** Runs npm. It keeps what it downloads in the folder, so that it finds nothing of earlier runs. */
  readonly npm: (args: readonly string[], options?: NpmOptions) => Promise<CommandResult>;
}

/** Downloads of a slow line, and a machine with other work. */
const npmTimeoutMs = 300_000;

/** Packs what is built. */
export async function openRelease(): Promise<Release> {
  const folder = await createTempFolder("fl-pack-");
  const script = join(workspaceRoot(), "packages", "cli", "scripts", "pack.mjs");
  const packed = await runCommand([process.execPath, script, folder.path], { timeoutMs: 120_000 });
  const tarball = outputOf(packed).trim();
  return {
    folder,
    tarball,
    npm: (args, { node = process.execPath, cwd = folder.path, program = "npm" } = {}) => {
      const options = ["--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1"];
      const env = {
        ...process.env,
        PATH: `${dirname(node)}${delimiter}${process.env["PATH"] ?? ""}`,
        npm_config_cache: folder.file("npm-cache"),
        npm_config_update_notifier: "false",
      };
      const script = join(dirname(npmScript()), `${program}-cli.js`);
      const words = program === "npm" ? [...args, ...options] : ["--yes", ...args];
      return runCommand([node, script, ...words], { env, cwd, timeoutMs: npmTimeoutMs });
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/**
 * Gives whether npm did its work. Where the registry cannot be reached the reason is printed and the suite is to be skipped.
 * @param suite names the suite in the printed reason
 * @throws FairleadError `internal` if npm failed for another reason
 */
export function isInstalled(result: CommandResult, suite: string): boolean {
  const unreachable =
    /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH)\b/;
  const found = result.code === 0 ? null : unreachable.exec(result.stderr);
  if (found === null) {
    outputOf(result);
    return true;
  }
  process.stderr.write(`skipped, ${suite}: the npm registry cannot be reached (${found[0]})\n`);
  return false;
}

/** The script of the npm on PATH, for other Nodes to run. */
function npmScript(): string {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const found = folders.map((path) => join(path, "npm")).find((path) => existsSync(path));
  if (found === undefined) throw new FairleadError("not_found", "There is no npm on PATH");
  return realpathSync(found);
}
