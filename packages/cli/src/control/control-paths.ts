import { join } from "node:path";

/** The folder of a home with a socket for every host that is running. */
export function runFolder(home: string): string {
  return join(home, "run");
}

/** The ending of the name of a control socket, behind the process id of its host. */
export const socketEnding = ".sock";

/** The ending of an empty file beside the socket of a host that agents may attach to. */
export const hubEnding = ".hub";

/** The process id that a name in the run folder begins with; undefined for all other names. */
export function ownerOf(name: string, ending: string): number | undefined {
  const [, digits] = /^(\d{1,10})$/.exec(name.slice(0, -ending.length)) ?? [];
  return digits !== undefined && name.endsWith(ending) ? Number(digits) : undefined;
}

/** Whether a process is certainly gone. One of another user is not. */
export function isProvenDead(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (cause) {
    return cause instanceof Error && "code" in cause && cause.code === "ESRCH";
  }
}

/**
 * Where the host of a process listens. Windows has no files for it: there a pipe is named after the file, which then only
 * marks that the host is there.
 */
export function socketAddress(file: string): string {
  if (process.platform !== "win32") return file;
  return `\\\\.\\pipe\\fairlead-${Buffer.from(file).toString("base64url").slice(-200)}`;
}
