import { hastyStopTimes, type LaunchedProcess } from "@fairlead/core";

/** Watches whether anybody still reads our stdout. Disposing it ends that. */
export interface ReaderWatch extends Disposable {
  /** Whether the reader went away, for which the program was stopped. */
  readonly isGone: boolean;
}

/**
 * Stops a program, with its tree, once nobody reads our stdout any more (`| head`): a pipe would have ended it too, and
 * without one it would write for nobody, maybe for ever.
 */
export function stopWithoutReader(stdout: NodeJS.WriteStream, child: LaunchedProcess): ReaderWatch {
  let isGone = false;
  const onError = (error: NodeJS.ErrnoException): void => {
    if (isGone || error.code !== "EPIPE") return;
    isGone = true;
    // How it ended is told by the program's own end; one that cannot be reached any more is lost in any case.
    void child.stop(hastyStopTimes).catch(() => {});
  };
  stdout.on("error", onError);
  return {
    get isGone() {
      return isGone;
    },
    [Symbol.dispose]: () => void stdout.off("error", onError),
  };
}
