import type { CommonFlags } from "../commands/flags.js";
import type { FeatureFlags } from "./features.js";
import type { HttpFlags } from "./http-plan.js";

/** Whether a `serve` over stdio hands its agent to a hub that is running. */
export type AttachMode = "auto" | "always" | "never";

/** What was typed after `fairlead serve`. */
export interface ServeFlags extends CommonFlags, HttpFlags, FeatureFlags {
  /** The one server that the agent speaks to. @default all, merged */
  readonly server?: string;
  /** @default "auto" */
  readonly attach?: AttachMode;
  /** A hub ends so long after its last agent, in seconds. @default never */
  readonly lingerSec?: number;
}
