import { buildNotification, type ScannedNotification, scanMessage } from "@fairlead/mcp";
import type { StartupSummary } from "../orchestrator/host-event.js";

/** What an agent is told of a server that could not be started for want of a login. */
export interface LoginWarning {
  readonly server: string;
  /** A log message of level `warning`, with the line to type. */
  readonly message: ScannedNotification;
}

/** Makes one log message for each server that waits for a person. */
export function loginWarnings({ failed }: Pick<StartupSummary, "failed">): readonly LoginWarning[] {
  return failed.flatMap(({ server, reason, message: text }) => {
    if (reason !== "login_required" && reason !== "reauthentication_required") return [];
    const params = { level: "warning", logger: `fairlead/${server}`, data: text };
    const paramsRaw = Buffer.from(JSON.stringify(params));
    const message = scanMessage(buildNotification({ method: "notifications/message", paramsRaw }));
    return message.kind === "notification" ? [{ server, message }] : [];
  });
}
