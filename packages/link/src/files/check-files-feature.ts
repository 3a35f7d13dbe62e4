import { FairleadError } from "@fairlead/core";
import type { SessionHandle } from "../session/session-handle.js";

/** @throws FairleadError `protocol` `feature_missing` where the executor is too old to give access to files */
export function checkFilesFeature({ features, what }: Pick<SessionHandle, "features" | "what">): void {
  if (features.includes("files")) return;
  throw new FairleadError("protocol", `${what} cannot give access to its files. Update the executor.`, {
    reason: "feature_missing",
    effect: "none",
    details: { feature: "files" },
  });
}
