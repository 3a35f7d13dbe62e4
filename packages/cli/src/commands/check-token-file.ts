import { stat } from "node:fs/promises";
import { FairleadError, shellLine } from "@fairlead/core";

/** Bits of a file's mode by which others than its owner can read or change it. */
const othersBits = 0o066;

/**
 * Refuses a file with a token that others can read, as ssh does with a key. Windows has no such bits, and a file that is
 * not there is told where it is read.
 * @throws FairleadError `forbidden`, reason `access_denied`
 */
export async function checkTokenFile(
  file: string,
  platform: NodeJS.Platform = process.platform,
): Promise<void> {
  if (platform === "win32") return;
  const found = await stat(file).catch(() => undefined);
  if (found === undefined || (found.mode & othersBits) === 0) return;
  const mode = (found.mode & 0o777).toString(8).padStart(4, "0");
  throw new FairleadError(
    "forbidden",
    `The token in ${file} is open to others on this machine (its mode is ${mode}). Close it: ${shellLine(["chmod", "600", file])}`,
    { reason: "access_denied", effect: "none", details: { file, mode } },
  );
}
