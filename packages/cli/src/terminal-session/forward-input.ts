import type { LaunchedProcess } from "@fairlead/core";

/** Input that may wait for the program before we stop reading ours. */
const maxQueuedBytes = 1024 * 1024;

/** How our stdin is read for a program. */
export interface InputOptions {
  /** Sees every chunk first and gives what the program shall get. @default everything, as it is */
  readonly filter?: ((chunk: Buffer) => Buffer) | undefined;
}

/** Gives our stdin to a program, its end too. @returns stops that */
export function forwardInput(
  stdin: NodeJS.ReadStream,
  child: LaunchedProcess,
  { filter = (chunk) => chunk }: InputOptions = {},
): () => void {
  let queuedBytes = 0;
  const onData = (given: Buffer): void => {
    const chunk = filter(given);
    if (chunk.length === 0) return;
    queuedBytes += chunk.length;
    if (queuedBytes > maxQueuedBytes) stdin.pause();
    child.write(chunk).then(
      () => {
        queuedBytes -= chunk.length;
        if (queuedBytes <= maxQueuedBytes) stdin.resume();
      },
      // The program does not read on; what it does next decides how this ends.
      () => stdin.destroy(),
    );
  };
  const onEnd = (): void => void child.closeStdin().catch(() => {});
  stdin.on("data", onData).on("end", onEnd).on("error", onEnd);
  return () => {
    stdin.off("data", onData).off("end", onEnd).off("error", onEnd);
    // Without a listener an error would be nobody's, and a terminal that went away is one.
    stdin.on("error", () => {});
    stdin.destroy();
  };
}
