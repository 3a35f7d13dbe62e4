/**
 * What can be said of a process. `likely`: its number is in use, and nobody can tell whether still by the same one. `unknown`:
 * it is elsewhere, or nobody can tell anything. Only `alive` and `dead` are proofs.
 */
export type ProcessState = "alive" | "likely" | "dead" | "unknown";

/** Tells processes apart by marks, which others that share our files read. */
export interface ProcessJudge {
  /** The mark of this process. */
  readonly ownMark: () => string;
  /** What is known of the process of a mark; `unknown` for any other text. */
  readonly judge: (mark: string) => ProcessState;
}
