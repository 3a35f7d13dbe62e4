import { findProcessSystem } from "./this-system.js";

/**
 * Tells when the process began that has a number now, in milliseconds since 1970, so that it can be told from one that had
 * the number before.
 * @returns undefined where there is none, and where the system does not show its processes. Never rejects.
 */
export async function processStartMs(pid: number): Promise<number | undefined> {
  try {
    const system = await findProcessSystem();
    const entry = (await system?.lookUp([pid]))?.get(pid);
    if (system === undefined || entry === undefined || entry.state === "dead") return undefined;
    return Date.now() - system.ageMs(entry.startedAt);
  } catch {
    return undefined;
  }
}
