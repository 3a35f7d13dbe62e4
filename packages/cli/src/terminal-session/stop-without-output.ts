import { hastyStopTimes, type LaunchedProcess } from "@fairlead/core";
import { type OutputWatch, watchOutput } from "../output/output-watch.js";

/**
 * Stops a program, with its tree, once our stdout takes nothing any more: because its reader went away (`| head`), where a
 * pipe would have ended it too, or because what it writes would be lost, as on a full disk. It might write for ever.
 */
export function stopWithoutOutput(stdout: NodeJS.WriteStream, child: LaunchedProcess): OutputWatch {
  const watch = watchOutput(stdout);
  // How it ended is told by the program's own end; one that cannot be reached any more is lost in any case.
  watch.signal.addEventListener("abort", () => void child.stop(hastyStopTimes).catch(() => {}), {
    once: true,
  });
  return watch;
}
