export type { AgentChannel, AgentHello } from "./gateway/agent-channel.js";
export { createHost, type Host, type HostOptions } from "./orchestrator/host.js";
export type { HostEvent, HostEventHandler } from "./orchestrator/host-event.js";
export type { PreparedLaunch, ServerDefinition } from "./orchestrator/server-definition.js";
export { createStartGate, type StartGate } from "./orchestrator/start-gate.js";
export { createToolFilter } from "./orchestrator/tool-filter.js";
