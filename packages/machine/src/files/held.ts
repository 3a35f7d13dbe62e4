import { type BigIntStats, constants, existsSync } from "node:fs";
import { lstat, open, readlink, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { FairleadError, quotePath } from "@fairlead/core";

/** Something in the file system that stays the same thing while it is held, whatever happens to the names above it. */
export interface Held extends AsyncDisposable {
  /** Where it was when it was taken hold of, all links resolved. */
  readonly path: string;
  /** A path that leads to it; names can be put behind that of a folder. */
  readonly handle: string;
  readonly facts: BigIntStats;
  /**
   * Checks that {@link handle} still leads to it, where the system cannot promise that. To be called after whatever was
   * opened and before whatever is put in place. @throws FairleadError `forbidden`
   */
  confirm(): Promise<void>;
}

/** Takes hold of what a path leads to. @param links whether a link as the last component is followed, or is meant itself */
export type Hold = (path: string, links: "follow" | "keep") => Promise<Held>;

/** Linux: a descriptor that only names a thing and needs no permission to read it. Node has no name for it. */
const openPath = 0o10000000;
const descriptors = "/proc/self/fd";

/** The surest way that this system has. */
export function chooseHold(): Hold {
  return process.platform === "linux" && existsSync(descriptors) ? holdByDescriptor : holdByName;
}

/** Names are resolved once, by the kernel, and what came out of it is then asked where it is. */
export const holdByDescriptor: Hold = async (path, links) => {
  const file = await open(path, openPath | (links === "keep" ? constants.O_NOFOLLOW : 0));
  try {
    const handle = `${descriptors}/${file.fd}`;
    const [real, facts] = await Promise.all([
      readlink(handle, { encoding: "buffer" }),
      file.stat({ bigint: true }),
    ]);
    const text = real.toString();
    if (!Buffer.from(text).equals(real)) throw notText(text);
    if (facts.nlink === 0n && text.endsWith(" (deleted)"))
      throw Object.assign(new Error("It was removed"), { code: "ENOENT", errno: -2, syscall: "open" });
    return {
      path: text,
      handle,
      facts,
      confirm: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
};

/** Names are resolved, and looked at again afterwards: a link that comes and goes in between is not noticed. */
export const holdByName: Hold = async (path, links) => {
  const real = await realOf(path, links);
  const facts = await lstat(real, { bigint: true });
  return {
    path: real,
    handle: real,
    facts,
    confirm: async () => {
      const now = await lstat(real, { bigint: true }).catch(() => undefined);
      const isSame = now?.ino === facts.ino && now.dev === facts.dev;
      if (!isSame || (await realOf(real, links)) !== real) throw replaced(real);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
};

async function realOf(path: string, links: "follow" | "keep"): Promise<string> {
  if (links === "follow" || dirname(path) === path) return realpath(path);
  return join(await realpath(dirname(path)), basename(path));
}

function replaced(path: string): FairleadError {
  return new FairleadError("forbidden", `${quotePath(path)} was replaced while it was being used`, {
    reason: "policy_denied",
    effect: "none",
    details: { path },
  });
}

function notText(path: string): FairleadError {
  return new FairleadError(
    "usage",
    `${quotePath(path)} has a name that is no text, which no path URI can say`,
    {
      reason: "path_invalid",
      effect: "none",
      details: { path },
    },
  );
}
