/**
 * Keeps a call from piling up: while one is under way, further requests mean one more after it.
 * @param act must not reject
 */
export function createLatestOnly(act: () => Promise<void>): () => void {
  let state: "idle" | "busy" | "again" = "idle";
  const run = async (): Promise<void> => {
    do {
      state = "busy";
      await act();
    } while (isAgain());
    state = "idle";
  };
  const isAgain = (): boolean => state === "again";
  return () => {
    if (state === "idle") void run();
    else state = "again";
  };
}
