import type { ServerInstance } from "../../orchestrator/server-instance.js";
import type { RouteContext } from "../route.js";

/** Passes the agent's wish about log messages on to a server that runs and takes one. Its refusal is only a warning. */
export async function passLogLevel(
  params: Buffer | undefined,
  instance: ServerInstance,
  warn: RouteContext["warn"],
): Promise<void> {
  if (!instance.announces("logging")) return;
  try {
    await instance.call({ method: "logging/setLevel", params });
  } catch (error) {
    warn(instance.name, `logging/setLevel failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
