import type { Launcher, PathConvention } from "@fairlead/core";
import type { ControlResult } from "@fairlead/mcp";

/** A machine on which an embedding host may run programs. */
export interface ControlMachine {
  readonly launcher: Launcher;
  readonly convention: PathConvention;
  /** Where programs run that are given no folder, as a path URI. @default the machine's own choice */
  readonly cwd?: string | undefined;
}

/** A login that waits for a person. */
export interface StartedLogin {
  /** The page at which the person goes on. */
  readonly url: string;
  /** Settles when the login is kept; rejects with what it failed of. */
  readonly done: Promise<void>;
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
  /** Begins a login to a server. @throws FairleadError as far as it fails before there is a page */
  login?(server: string, scopes: readonly string[] | undefined): Promise<StartedLogin>;
  /** Forgets the login of a server. @returns whether there was one */
  logout?(server: string): Promise<boolean>;
  /** How a server is signed in to. @default none, for every server */
  authStatus?(
    server: string,
  ): Promise<ControlResult<"fairlead/authStatus">> | ControlResult<"fairlead/authStatus">;
}
