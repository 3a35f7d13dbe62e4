import { rm, stat } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { dirname, join } from "node:path";
import { bootMark } from "@fairlead/machine/process-mark";

/** Longer paths of sockets are cut off silently. */
const longestPathBytes = 100;

/** A socket that listens as long as its process lives: the proof of life of a lock's owner that works between containers. */
export interface LockGuard extends AsyncDisposable {
  /**
   * Says which socket it is: of which boot of which machine, on which file system, and which file there. Only who sees exactly
   * that one can take its silence for a proof.
   */
  readonly identity: string;
}

/** Where the guard of a lock is, by the word of its line; undefined for what is none of our words. */
export function guardPath(lockPath: string, word: string): string | undefined {
  const path = join(dirname(lockPath), `.${word}`);
  return /^[\w-]{16}$/.test(word) && Buffer.byteLength(path) <= longestPathBytes ? path : undefined;
}

/**
 * Opens a guard; undefined where none can be had, or where its own process cannot reach it, as on some mounts: a lock without
 * one is judged by other signs.
 * @param ask for tests. @default {@link askGuard}
 */
export async function openGuard(path: string | undefined, ask = askGuard): Promise<LockGuard | undefined> {
  if (path === undefined || process.platform === "win32" || bootMark() === undefined) return undefined;
  const server = createServer((socket) => socket.destroy());
  server.unref();
  if (!(await listens(server, path))) return undefined;
  const identity = await identify(path);
  const close = async (): Promise<void> => {
    await new Promise((resolve) => server.close(resolve));
    await rm(path, { force: true });
  };
  const isReached = (await ask(path, identity)) === "alive";
  if (identity !== undefined && isReached) return { identity, [Symbol.asyncDispose]: close };
  await close();
  return undefined;
}

/** Whether the owner of a socket lives; `unknown` where its answer proves nothing. */
export type SocketOwnerState = "alive" | "dead" | "unknown";

/** Whether the owner of a guard lives; `unknown` also where the socket that we see need not be the one that it has. */
export async function askGuard(
  path: string | undefined,
  identity: string | undefined,
): Promise<SocketOwnerState> {
  if (path === undefined || identity === undefined || (await identify(path)) !== identity) return "unknown";
  return askSocket(path);
}

/**
 * Whether somebody listens on a socket, also one who is paused and takes nothing from its queue.
 * @param platform whose answers these are. @default that of this process
 */
export function askSocket(
  path: string,
  platform: NodeJS.Platform = process.platform,
): Promise<SocketOwnerState> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve("alive");
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(stateOf(error.code, platform)));
  });
}

/** A full queue is EAGAIN on Linux, and on macOS and the BSDs ECONNREFUSED, as if nobody were there. */
function stateOf(code: string | undefined, platform: NodeJS.Platform): SocketOwnerState {
  if (code === "EAGAIN") return "alive";
  return code === "ECONNREFUSED" && platform === "linux" ? "dead" : "unknown";
}

async function identify(path: string): Promise<string | undefined> {
  const boot = bootMark();
  const seen = await stat(path, { bigint: true }).catch(() => undefined);
  return boot === undefined || seen === undefined ? undefined : `${boot}-${seen.dev}-${seen.ino}`;
}

function listens(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(path, () => resolve(true));
  });
}
