import type { FairleadError } from "../errors/fairlead-error.js";
import type { LaunchSpec } from "./launcher.js";

/** What is asked about a launch that nobody makes. */
export interface LaunchQuestion extends Pick<LaunchSpec, "cwd" | "env"> {
  /** As a launch would name it. @default no program is looked for */
  readonly program?: string | undefined;
  /** Names that a launch would inherit there. */
  readonly variables: readonly string[];
}

/** Something that a launch needs: where it is on the machine that was asked, in its spelling, or why it is not. */
export type LaunchNeed = { readonly path: string } | { readonly error: FairleadError };

/** What a launch would find. Nothing was started. */
export interface LaunchFindings {
  /** Undefined where no program was asked for. */
  readonly program: LaunchNeed | undefined;
  readonly cwd: LaunchNeed;
  /** Names that were asked about and that no child could inherit there. */
  readonly unsetVariables: readonly string[];
}
