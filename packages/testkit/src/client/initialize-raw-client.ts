import { FairleadError } from "@fairlead/core";
import type { RawPeer, RawResult } from "./raw-peer.js";

/** What a raw client says about itself. */
export interface InitializeOptions {
  /** @default "2025-11-25", the last revision with a handshake */
  readonly protocolVersion?: string | undefined;
  /** @default none */
  readonly capabilities?: object | undefined;
  /** @default 10,000 */
  readonly timeoutMs?: number | undefined;
}

/**
 * Does the legacy MCP handshake and gives the server's result of `initialize`.
 * @throws FairleadError `protocol`, reason `handshake_failed`, if the server answers an error
 */
export async function initializeRawClient(
  client: Pick<RawPeer, "request" | "notify">,
  options: InitializeOptions = {},
): Promise<RawResult> {
  const params = {
    protocolVersion: options.protocolVersion ?? "2025-11-25",
    capabilities: options.capabilities ?? {},
    clientInfo: { name: "fairlead-testkit", version: "0.1.0" },
  };
  const { result, error } = await client.request("initialize", params, { timeoutMs: options.timeoutMs });
  if (result === undefined) {
    throw new FairleadError("protocol", `The server refused initialize: ${error?.message ?? "no result"}`, {
      reason: "handshake_failed",
    });
  }
  await client.notify("notifications/initialized");
  return result;
}
