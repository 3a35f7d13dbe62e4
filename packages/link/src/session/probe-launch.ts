import { FairleadError, type LaunchFindings, type LaunchQuestion } from "@fairlead/core";
import { fromProbeResponse, type ProbeResponse__Output, toProbeRequest } from "@fairlead/wire";
import type { SessionHandle } from "./session-handle.js";

/**
 * Asks an executor what a launch would find there.
 * @throws FairleadError `protocol` `feature_missing` where the executor is too old to be asked; `unavailable`
 */
export async function probeLaunch(session: SessionHandle, question: LaunchQuestion): Promise<LaunchFindings> {
  if (!session.features.includes("probe")) {
    throw new FairleadError(
      "protocol",
      `${session.what} cannot be asked about launches. Update the executor.`,
      {
        reason: "feature_missing",
        effect: "none",
        details: { feature: "probe" },
      },
    );
  }
  const request = toProbeRequest(question);
  const answer = await session.call<ProbeResponse__Output>({
    start: (connection, done) => connection.control.process.probe(request, connection.metadata(), done),
  });
  return fromProbeResponse(answer);
}
