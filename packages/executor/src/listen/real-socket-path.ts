import { lstat, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { parseListenAddress } from "./listen-address.js";

/**
 * Gives the path of a socket whose folder is a link with the folder behind it. The link is followed once, before that folder
 * is judged: whoever exchanges it later cannot lead us elsewhere.
 * @throws FairleadError `usage` where that path is too long
 */
export async function realSocketPath(path: string): Promise<string> {
  const folder = dirname(path);
  const facts = await lstat(folder).catch(() => undefined);
  if (facts?.isSymbolicLink() !== true) return path;
  const real = join(await realpath(folder), basename(path));
  parseListenAddress(real);
  return real;
}
