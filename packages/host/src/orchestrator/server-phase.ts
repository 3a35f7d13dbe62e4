import type { FairleadError } from "@fairlead/core";
import type { McpConnection, StartFailure } from "@fairlead/mcp";
import type { ServerRun } from "./server-run.js";

/** What one copy of a server is doing. */
export type ServerPhase =
  /** Asleep: it was up, and was stopped because nobody called it. */
  | { readonly state: "idle"; readonly isAsleep: boolean }
  | { readonly state: "starting"; readonly run: ServerRun; readonly up: Promise<ServerRun> }
  | { readonly state: "ready"; readonly run: ServerRun; readonly connection: McpConnection }
  | { readonly state: "failed"; readonly error: FairleadError }
  | { readonly state: "restarting"; readonly error: FairleadError }
  | { readonly state: "broken"; readonly error: FairleadError }
  | { readonly state: "closed" };

/** Whether somebody has to do something about a failure before it makes sense to try again. */
export function needsSomebody(failure: StartFailure, hasBeenUp: boolean): boolean {
  return always.has(failure) || (!hasBeenUp && atFirst.has(failure));
}

const always: ReadonlySet<StartFailure> = new Set<StartFailure>([
  "config_invalid",
  "login_required",
  "reauthentication_required",
  "policy_denied",
]);

/** These only where it was never up: a program that was there before may just be being replaced. */
const atFirst: ReadonlySet<StartFailure> = new Set<StartFailure>(["command_not_found", "cwd_missing"]);
