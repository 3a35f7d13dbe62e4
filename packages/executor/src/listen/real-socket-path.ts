import { lstat, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { FairleadError } from "@fairlead/core";
import { parseListenAddress } from "./listen-address.js";

/**
 * Gives the path of a socket whose folder is a link with the folder behind it. The link is followed once, before that folder
 * is judged: whoever exchanges it later cannot lead us elsewhere.
 * @throws FairleadError `usage` where that path is too long, or the link leads nowhere
 */
export async function realSocketPath(path: string): Promise<string> {
  const folder = dirname(path);
  const facts = await lstat(folder).catch(() => undefined);
  if (facts?.isSymbolicLink() !== true) return path;
  const target = await realpath(folder).catch((cause: unknown) => {
    const text = `The folder ${folder} of the socket is a link that leads nowhere. Make the folder behind it, or name another one`;
    throw new FairleadError("usage", text, {
      reason: "path_invalid",
      cause,
      effect: "none",
      details: { path: folder },
    });
  });
  const real = join(target, basename(path));
  parseListenAddress(real);
  return real;
}
