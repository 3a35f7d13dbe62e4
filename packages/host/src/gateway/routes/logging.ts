import type { AgentServer } from "../../orchestrator/agent-server.js";
import type { RouteContext } from "../route.js";

/** How long servers may take to agree to a log level before what the agent asked for goes on, in milliseconds. */
export const logLevelPatienceMs = 2_000;

/**
 * Passes the agent's wish about log messages on to a server that runs and takes one. Its refusal is only a warning.
 * @returns whether it has heard of it; asking again is worth something only if not
 */
export async function passLogLevel(
  params: Buffer | undefined,
  server: AgentServer,
  warn: RouteContext["warn"],
): Promise<boolean> {
  if (!server.announces("logging")) return false;
  try {
    const answer = await server.call({ method: "logging/setLevel", params });
    if (answer.kind === "error") {
      warn(server.name, `logging/setLevel was refused: ${answer.error.toString("utf8").slice(0, 512)}`);
    }
    return true;
  } catch (error) {
    warn(server.name, `logging/setLevel failed: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}
