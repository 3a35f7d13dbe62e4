import { readdir, rm, stat } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { judgeMark } from "@fairlead/machine/process-mark";
import { hubEnding, ownerOf, runFolder, socketEnding } from "./control-paths.js";
import { findTarget } from "./loopback-door.js";

/** The control sockets of a home, of hosts that are not proven dead: some may be elsewhere, and answer nobody here. */
export async function listSockets(home: string): Promise<string[]> {
  return socketsOf(home, socketEnding, (mark) => judgeMark(mark) !== "dead");
}

/** The control sockets of hubs. One in another container would run servers there, so it is left out. */
export async function listHubSockets(home: string): Promise<string[]> {
  return socketsOf(home, hubEnding, (mark) => judgeMark(mark) === "alive");
}

async function socketsOf(
  home: string,
  ending: string,
  isWanted: (mark: string) => boolean,
): Promise<string[]> {
  const names = await namesIn(runFolder(home));
  return names.flatMap((name) => {
    const mark = ownerOf(name, ending);
    return mark === undefined || !isWanted(mark) ? [] : [join(runFolder(home), `${mark}${socketEnding}`)];
  });
}

/** Nobody here can judge a host that is elsewhere, or was before a boot; what it has in the folder is kept for so long. */
const unknownKeptMs = 30 * 24 * 3_600_000;

/**
 * Whether a file of the run folder was left by a host that is gone. One of another container or machine that shares the home
 * may live; only when its file is very old, and nobody answers at its socket, it is taken for gone.
 */
export async function isLeftBehind(home: string, name: string, mark: string): Promise<boolean> {
  const state = judgeMark(mark);
  if (state !== "unknown") return state === "dead";
  const folder = runFolder(home);
  return (
    (await ageOf(join(folder, name))) > unknownKeptMs && isRefused(join(folder, `${mark}${socketEnding}`))
  );
}

async function isRefused(file: string): Promise<boolean> {
  const target = await findTarget(file).catch(() => undefined);
  // What is not there, or tells nothing, leads to nobody.
  if (target === undefined) return true;
  return new Promise((resolve) => {
    const socket = connect(target.options);
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", ({ code }: NodeJS.ErrnoException) =>
      resolve(code === "ECONNREFUSED" || code === "ENOENT"),
    );
  });
}

/** Removes what hosts left behind that are proven dead. Never rejects: it is only tidying. */
export async function sweepRunFolder(home: string): Promise<void> {
  const folder = runFolder(home);
  const names = await namesIn(folder);
  await Promise.allSettled(
    names.map(async (name) => {
      const mark = ownerOf(name, socketEnding) ?? ownerOf(name, hubEnding);
      if (mark === undefined || !(await isLeftBehind(home, name, mark))) return;
      await rm(join(folder, name), { force: true });
    }),
  );
}

/** Milliseconds since a file was written; 0 where it cannot be seen. */
async function ageOf(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}
