import { FairleadError } from "@fairlead/core";
import type { ListMethod, ScannedNotification } from "@fairlead/mcp";
import type { ServerInstance } from "../orchestrator/server-instance.js";
import type { AgentPeer } from "./agent-peer.js";
import { paramsOf, readText } from "./raw-params.js";

/** The levels of log messages, from least to most severe (RFC 5424). */
const levels = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

const listsOfNotification: Readonly<Record<string, readonly ListMethod[]>> = {
  "notifications/tools/list_changed": ["tools/list"],
  "notifications/prompts/list_changed": ["prompts/list"],
  "notifications/resources/list_changed": ["resources/list", "resources/templates/list"],
};

/** Lets a list be read anew after the server said that it changed. */
export function forgetChangedLists(notification: string, instance: ServerInstance): void {
  for (const method of listsOfNotification[notification] ?? []) instance.forgetList(method);
}

/** Leads what servers say on their own to the agent. */
export class ServerNotifications {
  readonly #peer: AgentPeer;
  #minimumLevel = 0;

  constructor(peer: AgentPeer) {
    this.#peer = peer;
  }

  /** Notes the params of the agent's `logging/setLevel`. @throws FairleadError `usage` for an unknown level */
  setLevel(params: Buffer | undefined): void {
    const index = levels.indexOf(readText(params, ["level"]) ?? "");
    if (index < 0) {
      const text = `logging/setLevel needs a level, one of ${levels.join(", ")}`;
      throw new FairleadError("usage", text, { reason: "argument_invalid", effect: "none" });
    }
    this.#minimumLevel = index;
  }

  pass(message: ScannedNotification, instance: ServerInstance): void {
    forgetChangedLists(message.method, instance);
    const params = paramsOf(message);
    if (message.method === "notifications/message" && this.#isBelowLevel(params)) return;
    this.#peer.notify(message.method, params);
  }

  #isBelowLevel(params: Buffer | undefined): boolean {
    const index = levels.indexOf(readText(params, ["level"]) ?? "");
    return index >= 0 && index < this.#minimumLevel;
  }
}
