import { isFairleadError } from "@fairlead/core";

/**
 * What a system says of a program that somebody has open: one that was written a moment ago, or that a scanner for viruses
 * reads. `UNKNOWN` is also what Windows says of a file that is no program.
 */
const passingErrnos: ReadonlySet<unknown> = new Set(["EBUSY", "ETXTBSY", "UNKNOWN"]);

/** Together short enough for whoever waits for a program that can never run. */
const pausesMs = [50, 150, 400];

/**
 * Starts a program, once more after a pause where somebody had its file open.
 * @param start starts it, and listens to it in the same turn: Node tells some failures in an event that comes before promises go on
 * @throws whatever the last attempt does
 */
export async function startPatiently<Started>(start: () => Started | Promise<Started>): Promise<Started> {
  for (const pauseMs of pausesMs) {
    try {
      return await start();
    } catch (thrown) {
      if (!passingErrnos.has(errnoOf(thrown))) throw thrown;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return await start();
}

function errnoOf(thrown: unknown): unknown {
  if (isFairleadError(thrown)) return thrown.details["errno"];
  return thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
}
