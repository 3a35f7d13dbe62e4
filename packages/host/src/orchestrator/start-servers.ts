import { toFairleadError } from "@fairlead/core";
import { toStartFailure } from "@fairlead/mcp";
import type { AgentServer } from "./agent-server.js";
import type { HostEventHandler, StartupSummary } from "./host-event.js";

/** Starts what an agent needs, all at once, and tells how it went once all are up or are not going to be. Never rejects. */
export async function startServers(
  servers: readonly AgentServer[],
  onEvent: HostEventHandler,
): Promise<StartupSummary> {
  const ready: string[] = [];
  const failed: { server: string; reason: ReturnType<typeof toStartFailure>; message: string }[] = [];
  const cancelled: string[] = [];
  await Promise.all(
    servers.map(async (server) => {
      try {
        // Whoever comes later need not live with what went wrong for others.
        await server.readyAgain();
        ready.push(server.name);
      } catch (thrown) {
        const error = toFairleadError(thrown);
        if (error.code === "canceled") cancelled.push(server.name);
        else failed.push({ server: server.name, reason: toStartFailure(error), message: error.message });
      }
    }),
  );
  const summary = { ready, failed, cancelled };
  onEvent({ type: "startup-complete", ...summary });
  return summary;
}
