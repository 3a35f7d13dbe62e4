import type { McpCall, McpChannel } from "../connection/types.js";
import { type Discovered, readDiscoverError, readDiscoverResult } from "../eras/discovered.js";
import { addEnvelope, type RequestEnvelope } from "../eras/request-envelope.js";

/**
 * Asks a server what it is (`server/discover`). A server that refuses our revision and names it in the same breath is
 * asked once more.
 * @throws FairleadError as the channel gives it
 */
export async function discoverServer(
  channel: Pick<McpChannel, "request">,
  envelope: RequestEnvelope,
  limits: Pick<McpCall, "signal" | "timeoutMs"> = {},
): Promise<Exclude<Discovered, { kind: "again" }>> {
  const params = addEnvelope(undefined, envelope);
  for (let attempt = 1; ; attempt += 1) {
    const answer = await channel.request({ ...limits, method: "server/discover", params });
    const found =
      answer.kind === "result" ? readDiscoverResult(answer.result) : readDiscoverError(answer.error);
    if (found.kind !== "again") return found;
    if (attempt > 1) return { kind: "mismatch", supported: [envelope.protocolVersion] };
  }
}
