import { FairleadError } from "@fairlead/core";

/** What an agent is told whose only server a reload has taken away. */
export function removedServerError(server: string): FairleadError {
  const text = `Server ${server} is not configured any more: add it again, or connect to another endpoint`;
  return new FairleadError("not_found", text, {
    reason: "server_unknown",
    effect: "none",
    details: { server },
  });
}
