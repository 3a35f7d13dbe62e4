import { FairleadError } from "@fairlead/core";
import { isLogLevel, isLogWanted, type LogLevel, logLevels, type ScannedNotification } from "@fairlead/mcp";
import type { AgentPeer } from "./agent-peer.js";
import type { MessageSink } from "./message-sink.js";
import { paramsOf, readText } from "./raw-params.js";

/** Leads what servers say on their own to the agent. */
export class ServerNotifications {
  readonly #peer: AgentPeer;
  #level: LogLevel = "debug";

  constructor(peer: AgentPeer) {
    this.#peer = peer;
  }

  /** Notes the params of the agent's `logging/setLevel`. @throws FairleadError `usage` for an unknown level */
  setLevel(params: Buffer | undefined): void {
    const level = readText(params, ["level"]);
    if (!isLogLevel(level)) {
      const text = `logging/setLevel needs a level, one of ${logLevels.join(", ")}`;
      throw new FairleadError("usage", text, { reason: "argument_invalid", effect: "none" });
    }
    this.#level = level;
  }

  /** @param sink that of the request which the message belongs to, where that can be told */
  pass(message: ScannedNotification, sink: MessageSink | undefined): void {
    const params = paramsOf(message);
    const isLog = message.method === "notifications/message";
    if (isLog && !isLogWanted(readText(params, ["level"]), this.#level)) return;
    this.#peer.notify(message.method, params, sink);
  }
}
