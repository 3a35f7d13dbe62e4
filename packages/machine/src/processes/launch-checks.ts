import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { defaultExecutorLimits, type EnvironmentSpec, FairleadError } from "@fairlead/core";
import { treeCookieName } from "../environment/environment-names.js";

/** Adds the mark by which every process of a tree is found, behind those of the trees that we run in ourselves. */
export function withTreeId(
  env: Readonly<Record<string, string>>,
  treeId: string,
  outer: string | undefined,
): Record<string, string> {
  const cookie = outer === undefined || outer === "" ? treeId : `${outer},${treeId}`;
  return { ...env, [treeCookieName]: cookie };
}

/**
 * Names the kind of terminal that a child in a pseudo terminal has: what the launch says, or what every machine knows. The
 * one that we may run in ourselves is another.
 */
export function withTerminalName(
  env: Readonly<Record<string, string>>,
  spec: EnvironmentSpec | undefined,
): Readonly<Record<string, string>> {
  const wasAsked = spec?.set?.["TERM"] !== undefined || spec?.inherit?.includes("TERM") === true;
  return wasAsked && env["TERM"] !== undefined ? env : { ...env, TERM: "xterm-256color" };
}

/** Checks that a child can start in a folder. @throws FairleadError `not_found`, reason `cwd_missing` */
export async function checkWorkingDirectory(cwd: string): Promise<void> {
  if (!isAbsolute(cwd)) throw cwdError(cwd, "is not absolute. Give the full path");
  const found = await stat(cwd).catch((cause: unknown) => {
    throw cwdError(cwd, "does not exist. Create it or name another", cause);
  });
  if (!found.isDirectory()) throw cwdError(cwd, "is not a directory. Name a directory");
  await access(cwd, constants.X_OK).catch((cause: unknown) => {
    throw cwdError(cwd, "may not be entered by this user. Change its permissions or name another", cause);
  });
}

/**
 * Checks the size and text of a command line.
 * @param limitBytes for program and arguments together; default 128 KiB
 * @throws FairleadError reason `argument_invalid` or `limit_reached`
 */
export function checkArguments(
  program: string,
  args: readonly string[],
  limitBytes = defaultExecutorLimits.argumentBytes,
): void {
  const sizeBytes = [program, ...args].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (sizeBytes > limitBytes) {
    throw new FairleadError(
      "resource_exhausted",
      `The command line of ${program.slice(0, 200)} has ${sizeBytes} bytes; at most ${limitBytes} are allowed. Pass large values in a file`,
      { reason: "limit_reached", effect: "none", details: { limit: "argumentBytes", sizeBytes, limitBytes } },
    );
  }
  const index = args.findIndex((text) => text.includes("\0"));
  if (index >= 0) {
    throw new FairleadError(
      "usage",
      `Argument ${index + 1} of ${program} contains a NUL character. Remove it`,
      {
        reason: "argument_invalid",
        effect: "none",
      },
    );
  }
}

function cwdError(cwd: string, what: string, cause?: unknown): FairleadError {
  return new FairleadError("not_found", `The working directory ${cwd} ${what}`, {
    cause,
    reason: "cwd_missing",
    effect: "none",
    details: { cwd },
  });
}
