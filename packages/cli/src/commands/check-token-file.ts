import { stat } from "node:fs/promises";
import { type ErrorDetails, FairleadError, shellLine } from "@fairlead/core";
import { lookAtPrivacy } from "@fairlead/machine";

/** Bits of a file's mode by which others than its owner can read or change it. */
const othersBits = 0o066;

/**
 * Refuses a file with a token that others can read, as ssh does with a key. A file that is not there is told where it is
 * read, and on Windows one that nobody can tell this of passes.
 * @throws FairleadError `forbidden`, reason `access_denied`
 */
export async function checkTokenFile(file: string): Promise<void> {
  const openness = process.platform === "win32" ? await byAccessList(file) : await byMode(file);
  if (openness === undefined) return;
  const { how, remedy, details } = openness;
  throw new FairleadError(
    "forbidden",
    `The token in ${file} is open to others on this machine (${how}). Close it: ${remedy}`,
    { reason: "access_denied", effect: "none", details: { file, ...details } },
  );
}

interface Openness {
  readonly how: string;
  readonly remedy: string;
  readonly details?: ErrorDetails;
}

async function byMode(file: string): Promise<Openness | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined || (found.mode & othersBits) === 0) return undefined;
  const mode = (found.mode & 0o777).toString(8).padStart(4, "0");
  return { how: `its mode is ${mode}`, remedy: shellLine(["chmod", "600", file]), details: { mode } };
}

async function byAccessList(file: string): Promise<Openness | undefined> {
  const privacy = await lookAtPrivacy(file);
  return privacy.kind === "open" ? privacy : undefined;
}
