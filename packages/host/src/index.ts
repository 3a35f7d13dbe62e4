export type { EndpointHeaders, HttpEndpoint, ServerTransport } from "@fairlead/mcp";
export type { AgentChannel, AgentHello } from "./gateway/agent-channel.js";
export { createHost, type Host, type HostOptions } from "./orchestrator/host.js";
export type { HostEvent, HostEventHandler } from "./orchestrator/host-event.js";
export { type ClientProfile, type OpenServerOptions, openServer } from "./orchestrator/open-server.js";
export type { EraMemory, ServerDefinition } from "./orchestrator/server-definition.js";
export { createStartGate, type StartGate } from "./orchestrator/start-gate.js";
export { createToolFilter } from "./orchestrator/tool-filter.js";
