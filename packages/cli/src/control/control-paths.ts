import { join } from "node:path";
import { judgeMark, pidOfMark } from "@fairlead/machine/process-mark";

/** The folder of a home with a socket for every host that is running. */
export function runFolder(home: string): string {
  return join(home, "run");
}

/** The ending of the name of a control socket, behind the mark of its host. */
export const socketEnding = ".sock";

/** The ending of an empty file beside the socket of a host that agents may attach to. */
export const hubEnding = ".hub";

/** The mark of the process that a name in the run folder begins with; undefined for all other names. */
export function ownerOf(name: string, ending: string): string | undefined {
  if (!name.endsWith(ending)) return undefined;
  const mark = name.slice(0, -ending.length);
  return pidOfMark(mark) === undefined ? undefined : mark;
}

/** Whether a process of ours is certainly gone. */
export function isProvenDead(pid: number): boolean {
  return judgeMark(String(pid)) === "dead";
}
