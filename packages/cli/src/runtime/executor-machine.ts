import type { PathConvention } from "@fairlead/core";

/** What of an executor's machine decides how a launch is spelled. */
export interface ExecutorMachine {
  readonly pathConvention: PathConvention;
}
