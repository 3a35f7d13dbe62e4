import { FairleadError, isJsonObject } from "@fairlead/core";
import {
  type CallAnswer,
  findMember,
  type InitializeResult,
  negotiateLegacyVersion,
  replaceRanges,
} from "@fairlead/mcp";
import type { ClientProfile } from "../orchestrator/open-server.js";

/** What an agent said about itself. */
export type AgentProfile = ClientProfile;

/** Whoever asks without having introduced itself. */
export function anonymousProfile(version: string): AgentProfile {
  return { clientInfo: { name: "fairlead", version }, capabilities: {} };
}

/** Reads who is initializing. @throws FairleadError `usage` if the params are no object */
export function readProfile(params: unknown, version: string): AgentProfile {
  if (!isJsonObject(params)) {
    throw new FairleadError("usage", "initialize needs params", {
      reason: "argument_invalid",
      effect: "none",
    });
  }
  const anonymous = anonymousProfile(version);
  const { clientInfo, capabilities } = params;
  return {
    clientInfo: isNamed(clientInfo) ? clientInfo : anonymous.clientInfo,
    capabilities: isJsonObject(capabilities) ? capabilities : {},
  };
}

/**
 * Answers `initialize`: on the merged endpoint everything that some server may have is announced from the start.
 * @param only what the one server said of itself on an endpoint of its own; its bytes are kept
 */
export function answerInitialize(params: unknown, version: string, only?: InitializeResult): CallAnswer {
  const asked = isJsonObject(params) ? params["protocolVersion"] : undefined;
  if (only !== undefined) return { kind: "result", result: withVersion(only, negotiateLegacyVersion(asked)) };
  const result = {
    protocolVersion: negotiateLegacyVersion(asked),
    capabilities: mergedCapabilities,
    serverInfo: serverInfo(version),
  };
  return { kind: "result", result: Buffer.from(JSON.stringify(result)) };
}

/** The server's own words, with the revision that the agent and we speak: each side of us may speak another one. */
function withVersion({ raw }: InitializeResult, version: string): Buffer {
  const range = findMember(raw, { start: 0, end: raw.length }, "protocolVersion");
  return range === undefined ? raw : replaceRanges(raw, [{ ...range, bytes: JSON.stringify(version) }]);
}

/** Who agents are told that they speak to. */
export function serverInfo(version: string): { name: string; title: string; version: string } {
  return { name: "fairlead", title: "Fairlead", version };
}

/** Servers come and go behind the merged endpoint, so what it can do does not depend on them. */
export const mergedCapabilities = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
  logging: {},
  completions: {},
} as const;

function isNamed(value: unknown): value is AgentProfile["clientInfo"] {
  return isJsonObject(value) && typeof value["name"] === "string" && typeof value["version"] === "string";
}
