import type { AgentPeer } from "../gateway/agent-peer.js";
import type { AgentSessionOptions } from "../gateway/agent-session-port.js";
import { AgentControl } from "./agent-control.js";
import type { ControlCenter } from "./host-control.js";

/** Gives an agent the control methods; undefined: it may not have them. */
export function openAgentControl(
  { server, principal, mayControl = principal === undefined }: AgentSessionOptions,
  center: ControlCenter | undefined,
  peer: AgentPeer,
): AgentControl | undefined {
  // An endpoint of a single server has that one's methods only.
  if (center?.isOffered !== true || !mayControl || server !== undefined) return undefined;
  return new AgentControl(center, peer, principal ?? "local");
}
