import { FairleadError } from "@fairlead/core";
import type { ExecutorConfig, FairleadConfig } from "../config.js";
import { didYouMean } from "../problems/nearest-name.js";

/** An executor that something can run on: one of the two built-in ones, or a configured one. */
export type ResolvedExecutor =
  | { readonly kind: "local" | "embedded"; readonly name: string }
  | ({ readonly kind: "configured" } & ExecutorConfig);

/**
 * Finds an executor by name; unset, the default one.
 * @throws FairleadError `not_found`, reason `executor_unknown`, with the names that are known
 */
export function resolveExecutor(config: FairleadConfig, name = config.defaultExecutor): ResolvedExecutor {
  if (name === "local" || name === "embedded") return { kind: name, name };
  const executor = config.executors.get(name);
  if (executor !== undefined) return { kind: "configured", ...executor };
  // The other built-in one is for programs that embed us, and no answer to a person's mistyped name.
  const known = ["local", ...config.executors.keys()];
  const message = `There is no executor ${JSON.stringify(name)}; known are ${known.join(", ")}.${didYouMean(name, known)}`;
  throw new FairleadError("not_found", message, {
    reason: "executor_unknown",
    effect: "none",
    details: { executor: name, known: known.join(", ") },
  });
}
