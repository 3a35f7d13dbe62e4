import { FairleadError } from "@fairlead/core";
import type { ScannedNotification } from "@fairlead/mcp";
import type { AgentPeer } from "./agent-peer.js";
import type { MessageSink } from "./message-sink.js";
import { paramsOf, readText } from "./raw-params.js";

/** The levels of log messages, from least to most severe (RFC 5424). */
const levels = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

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

  /** @param sink that of the request which the message belongs to, where that can be told */
  pass(message: ScannedNotification, sink: MessageSink | undefined): void {
    const params = paramsOf(message);
    if (message.method === "notifications/message" && this.#isBelowLevel(params)) return;
    this.#peer.notify(message.method, params, sink);
  }

  #isBelowLevel(params: Buffer | undefined): boolean {
    const index = levels.indexOf(readText(params, ["level"]) ?? "");
    return index >= 0 && index < this.#minimumLevel;
  }
}
