import { randomBytes } from "node:crypto";
import { mkdtemp, rm, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FairleadError } from "@fairlead/core";
import type { ExecutorTarget } from "../channel/target.js";

/** Names like this one are never handed on to a program. */
const tokenVariable = "FAIRLEAD_EXECUTOR_TOKEN";

/** Where an executor of our own listens, so that only we can reach it. */
export interface LocalPlace {
  /** A private folder for this executor alone. */
  readonly folder: string;
  /** What it is told on its command line. */
  readonly flags: readonly string[];
  /** What it is told where nobody else can read it. No child of it inherits that. */
  readonly env: Readonly<Record<string, string>>;
  /** How it is reached. @param firstLine that it printed @throws FairleadError `protocol` where that tells nothing */
  targetOf(firstLine: string): Pick<ExecutorTarget, "url" | "token">;
  /** Removes what was made. */
  remove(): Promise<void>;
}

/** Makes a place for one executor. @param platform Windows has no unix sockets. @default this machine's */
export async function makeLocalPlace(platform: NodeJS.Platform = process.platform): Promise<LocalPlace> {
  const folder = await mkdtemp(join(tmpdir(), "fairlead-"));
  return platform === "win32" ? makePort(folder) : makeSocket(folder);
}

function makeSocket(folder: string): LocalPlace {
  const url = `unix://${join(folder, "x.sock")}`;
  return {
    folder,
    flags: ["--listen", url],
    env: {},
    targetOf: () => ({ url }),
    // The executor leaves it empty; anything else in it keeps it.
    remove: () => rmdir(folder).catch(() => {}),
  };
}

function makePort(folder: string): LocalPlace {
  const token = randomBytes(32).toString("base64url");
  return {
    folder,
    flags: ["--listen", "127.0.0.1:0", "--token-env", tokenVariable],
    env: { [tokenVariable]: token },
    targetOf: (firstLine) => {
      const url = /grpc:\/\/127\.0\.0\.1:\d+/.exec(firstLine)?.[0];
      if (url !== undefined) return { url, token };
      throw new FairleadError("protocol", `The local executor does not say where it listens: ${firstLine}`, {
        effect: "none",
      });
    },
    remove: () => rm(folder, { recursive: true, force: true }).catch(() => {}),
  };
}
