import { type CommandResult, processesWithMarker, waitUntil } from "@fairlead/testkit";
import { outputOf } from "../../servers/support/output-of.js";

/** How long what was stopped may stay in the process table. */
export const goneWithinMs = 20_000;

/** Waits until a process with the marker is there, so that its end says something. Fails if the command ends before. */
export async function seenWhile(running: Promise<CommandResult>, marker: string): Promise<void> {
  let ended: CommandResult | undefined;
  void running.then(
    (result) => (ended = result),
    () => {},
  );
  await waitUntil(
    () => {
      if (processesWithMarker(marker).length > 0) return true;
      if (ended !== undefined) throw new Error(`Nobody had ${marker} before: ${outputOf(ended)}`);
      return false;
    },
    { withinMs: 60_000, what: `A process with ${marker}` },
  );
}
