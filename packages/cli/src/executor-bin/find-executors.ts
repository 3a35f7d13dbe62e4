import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { uptime } from "node:os";
import { join } from "node:path";
import { parseExecutorAddress } from "@fairlead/config";
import { parseJsonObject } from "@fairlead/core";
import { judgeMark } from "@fairlead/machine/process-mark";
import { type ExecutorNote, listNotes } from "./executor-note.js";

/** A local connection takes less; one that hangs is an executor that hangs. */
const answerPatienceMs = 1_000;

/** By how much the clock of a machine may have been set since it started. */
const clockPatienceMs = 60_000;

/** Finds the executors of a state folder that run and answer, the youngest first. */
export async function findExecutors(stateDir: string): Promise<readonly ExecutorNote[]> {
  const folder = join(stateDir, "run");
  const notes = await Promise.all(
    (await listNotes(folder)).map(async ({ name, mark }) => {
      if (judgeMark(mark) !== "alive") return undefined;
      const note = readNote(await readFile(join(folder, name), "utf8").catch(() => ""));
      // Not every system tells whether that number is somebody else's by now.
      if (note === undefined || (tellsNoStart(mark) && isBeforeBoot(note))) return undefined;
      return (await answers(note.address)) ? note : undefined;
    }),
  );
  return notes
    .filter((note) => note !== undefined)
    .toSorted((left, right) => right.startedAtMs - left.startedAtMs);
}

function tellsNoStart(mark: string): boolean {
  return mark.split("-")[1] === "0";
}

function isBeforeBoot({ startedAtMs }: ExecutorNote): boolean {
  return startedAtMs < Date.now() - uptime() * 1_000 - clockPatienceMs;
}

function readNote(text: string): ExecutorNote | undefined {
  const { pid, startedAtMs, listen, address, tokenFile } = parseJsonObject(text) ?? {};
  const isWhole = typeof pid === "number" && typeof startedAtMs === "number" && typeof listen === "string";
  if (!isWhole || typeof address !== "string") return undefined;
  return { pid, startedAtMs, listen, address, ...(typeof tokenFile === "string" ? { tokenFile } : {}) };
}

/** Whether something takes connections where an executor said that it listens. */
function answers(url: string): Promise<boolean> {
  const address = parseExecutorAddress(url);
  if (address === undefined) return Promise.resolve(false);
  const socket =
    address.scheme === "unix"
      ? connect({ path: address.path })
      : connect({ host: reachable(address.host), port: address.port });
  return new Promise((resolve) => {
    const settle = (isThere: boolean) => (): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.setTimeout(answerPatienceMs, settle(false));
    socket.once("connect", settle(true)).once("error", settle(false));
  });
}

/** What listens on every address is asked on our own. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}
