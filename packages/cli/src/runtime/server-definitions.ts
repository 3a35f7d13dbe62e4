import type { ServerConfig } from "@fairlead/config";
import type { ServerDefinition } from "@fairlead/host";
import type { ExecutorPool } from "./executor-pool.js";
import { type LaunchSurroundings, toLaunchSpec } from "./launch-spec.js";

/** Joins a configured server with the executor that it runs on, which is reached when the server is started. */
export function toServerDefinition(
  server: ServerConfig,
  pool: ExecutorPool,
  surroundings: LaunchSurroundings,
): ServerDefinition {
  return {
    name: server.name,
    executor: server.executor,
    required: server.required,
    startupTimeoutMs: server.startupTimeoutMs,
    toolTimeoutMs: server.toolTimeoutMs,
    maxMessageBytes: server.maxMessageBytes,
    enabledTools: server.enabledTools,
    disabledTools: server.disabledTools,
    prepare: async (signal) => {
      const session = await pool.open(server.executor, signal);
      const isLocal = server.executor === "local" || server.executor === "embedded";
      const spec = toLaunchSpec(server, { ...session.machine, isLocal }, surroundings);
      return { launcher: session.launcher, spec };
    },
  };
}
