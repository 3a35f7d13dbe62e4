import type { FairleadError } from "../errors/fairlead-error.js";
import type { LaunchSpec } from "./launcher.js";

/** What is asked about a launch that nobody makes. */
export interface LaunchQuestion extends Pick<LaunchSpec, "cwd" | "env" | "shellProfile"> {
  /** As a launch would name it. @default no program is looked for */
  readonly program?: string | undefined;
  /** Names that a launch would inherit there. */
  readonly variables: readonly string[];
}

/** Something that a launch needs: where it is on the machine that was asked, in its spelling, or why it is not. */
export type LaunchNeed = { readonly path: string } | { readonly error: FairleadError };

/** Where the PATH of a machine's children comes from, where their launch sets none. */
export interface SearchPathFacts {
  /** What the executor itself was started with, what a user has after logging in, or what the Windows registry says. */
  readonly source: "own" | "login_shell" | "registry";
  /** Why it is not the one that it should be, in words. @default it is */
  readonly warning?: string | undefined;
}

/** What a launch would find. Nothing was started. */
export interface LaunchFindings {
  /** Undefined where no program was asked for. */
  readonly program: LaunchNeed | undefined;
  readonly cwd: LaunchNeed;
  /** Names that were asked about and that no child could inherit there. */
  readonly unsetVariables: readonly string[];
  /** Undefined where no program was asked for, where the launch sets a PATH, and from an executor that does not tell. */
  readonly searchPath?: SearchPathFacts | undefined;
  /** What else would go otherwise than asked, in words. @default nothing */
  readonly warnings?: readonly string[] | undefined;
}
