import type { AgentServer } from "../../orchestrator/agent-server.js";
import type { RouteContext } from "../route.js";

/** Passes the agent's wish about log messages on to a server that runs and takes one. Its refusal is only a warning. */
export async function passLogLevel(
  params: Buffer | undefined,
  server: AgentServer,
  warn: RouteContext["warn"],
): Promise<void> {
  if (!server.announces("logging")) return;
  try {
    await server.call({ method: "logging/setLevel", params });
  } catch (error) {
    warn(server.name, `logging/setLevel failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
