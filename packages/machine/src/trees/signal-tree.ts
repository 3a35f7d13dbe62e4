import { FairleadError } from "@fairlead/core";
import { sendConsoleEvent } from "../windows/console-event.js";
import type { TreeEnclosure } from "./tree-enclosure.js";

/** Whom a signal is for. */
export interface SignalTarget {
  readonly root: { readonly pid: number };
  readonly enclosure?: TreeEnclosure | undefined;
  /** The living processes of the tree. */
  readonly members: () => Promise<readonly { readonly pid: number }[]>;
}

/**
 * Sends a signal to the group of a root. Windows has no signals: SIGINT and SIGBREAK become the console's Ctrl-C and
 * Ctrl-Break, SIGTERM and SIGKILL end the tree at once.
 * @returns false if nobody is there any more
 * @throws FairleadError `forbidden` if the system refuses, on Windows `usage` for other signals, and `unavailable`, reason
 * `feature_missing`, for a program that no console leads to
 */
export async function signalTree(
  name: NodeJS.Signals,
  target: SignalTarget,
  platform: NodeJS.Platform = process.platform,
): Promise<boolean> {
  if (platform !== "win32") return send(-target.root.pid, name);
  switch (name) {
    case "SIGINT":
    case "SIGBREAK":
      return sendToConsole(name, target);
    case "SIGTERM":
    case "SIGKILL":
      if (target.enclosure === undefined) return endOneByOne(name, target);
      target.enclosure.kill();
      return true;
    default:
      throw new FairleadError("usage", `Windows has no ${name}. Use SIGINT, SIGBREAK, SIGTERM or SIGKILL`, {
        reason: "argument_invalid",
        effect: "none",
      });
  }
}

/** Without a job nothing ends them at one blow. One that refuses does not keep the others. */
async function endOneByOne(name: NodeJS.Signals, { root, members }: SignalTarget): Promise<boolean> {
  const living = await members().catch(() => [root]);
  const sent = await Promise.allSettled(living.map(async ({ pid }) => send(pid, name)));
  const refused = sent.find((each) => each.status === "rejected");
  if (refused !== undefined) throw refused.reason;
  return sent.some((each) => each.status === "fulfilled" && each.value);
}

async function sendToConsole(name: "SIGINT" | "SIGBREAK", { root, members }: SignalTarget): Promise<boolean> {
  const told = await sendConsoleEvent(name === "SIGINT" ? "interrupt" : "break", await members());
  if (told.length > 0) return true;
  throw new FairleadError(
    "unavailable",
    `${name} did not reach pid ${root.pid}: it has no console, or the optional package koffi is missing. Stop it instead`,
    { reason: "feature_missing", effect: "none", details: { feature: "console-events", pid: root.pid } },
  );
}

function send(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ESRCH") return false;
    throw new FairleadError("forbidden", `${name} could not be sent to pid ${Math.abs(pid)}`, {
      cause,
      effect: "none",
      details: { pid: Math.abs(pid) },
    });
  }
}
