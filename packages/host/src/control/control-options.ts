import type { Launcher, PathConvention } from "@fairlead/core";
import type { ControlResult } from "@fairlead/mcp";

/** A machine on which an embedding host may run programs. */
export interface ControlMachine {
  readonly launcher: Launcher;
  readonly convention: PathConvention;
  /** Where programs run that are given no folder, as a path URI. @default the machine's own choice */
  readonly cwd?: string | undefined;
}

/** What the control methods of a host work with. What is left out is refused by name. */
export interface HostControlOptions {
  /**
   * Opens a machine by the name of its executor; `local` is this one. The machine stays its caller's.
   * @throws FairleadError if there is none, or it cannot be reached
   */
  openLauncher?(executor: string, signal: AbortSignal): Promise<ControlMachine>;
  /** Reads the configuration anew and applies it. */
  reload?(): Promise<ControlResult<"fairlead/reload">>;
  /** How a server is signed in to. @default none, for every server */
  authStatus?(server: string): ControlResult<"fairlead/authStatus">;
}
