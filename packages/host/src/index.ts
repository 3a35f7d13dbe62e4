export type {
  ControlAuthChange,
  ControlChunk,
  ControlExit,
  ControlLoginEnd,
  ControlSession,
  ControlSessionMessage,
  ControlStartupStatus,
  ControlStop,
  EndpointHeaders,
  HttpEndpoint,
  ServerTransport,
} from "@fairlead/mcp";
export type {
  BuiltInCallContext,
  BuiltInMethod,
  BuiltInPeer,
  BuiltInServer,
  BuiltInSession,
} from "./built-in/built-in-server.js";
export { type BuiltInSettings, defineBuiltIn } from "./built-in/define-built-in.js";
export { describeServerEvent, type ServerEventWords } from "./built-in/describe-server-event.js";
export type { DevboxMachine } from "./built-in/devbox/devbox-machine.js";
export { createDevboxServer, type DevboxOptions, devboxServerName } from "./built-in/devbox/devbox-server.js";
export {
  createFairleadServer,
  type FairleadServerOptions,
  fairleadServerName,
} from "./built-in/fairlead-server.js";
export { createServerLog, type ServerLog } from "./built-in/server-log.js";
export { type ConnectorStatus, listConnectors } from "./connector/list-connectors.js";
export type { ControlMachine, HostControlOptions, StartedLogin } from "./control/control-options.js";
export type { ControlSessions, HostControl } from "./control/host-control.js";
export type { AgentChannel } from "./gateway/agent-channel.js";
export type {
  AgentHello,
  AgentSession,
  AgentSessionOptions,
  RequestLine,
} from "./gateway/agent-session-port.js";
export type { EgressBudget } from "./gateway/egress-budget.js";
export type {
  GuardVerdict,
  HttpAuth,
  HttpFace,
  HttpFaceEvent,
  HttpFaceLimits,
  HttpFaceOptions,
  HttpGuard,
  HttpSessionFacts,
  ListenHttpOptions,
  NamedToken,
} from "./gateway/http/http-face.js";
export { listenHttp } from "./gateway/http/listen-http.js";
export type { MessageSink } from "./gateway/message-sink.js";
export type { AgentServer, ReleaseOptions, ServerConsumer } from "./orchestrator/agent-server.js";
export { type CachedLists, type CatalogueStore, catalogueVersion } from "./orchestrator/catalogue-store.js";
export { type AgentOptions, createHost, type Host, type HostOptions } from "./orchestrator/host.js";
export type {
  AuthChange,
  CallFacts,
  CallOutcome,
  FailureFacts,
  HostEvent,
  HostEventHandler,
  StartupSummary,
  StopCause,
} from "./orchestrator/host-event.js";
export {
  createInstancePool,
  type InstancePool,
  type InstancePoolOptions,
} from "./orchestrator/instance-pool.js";
export { type ClientProfile, type OpenServerOptions, openServer } from "./orchestrator/open-server.js";
export { defaultRestartTimes, type RestartTimes } from "./orchestrator/restart-policy.js";
export type {
  ApprovalMode,
  EraMemory,
  ServerDefinition,
  SharePolicy,
  ToolSettings,
} from "./orchestrator/server-definition.js";
export type { ListUse } from "./orchestrator/server-lists.js";
export type { ServerFailure, ServerState, ServerStatus } from "./orchestrator/server-status.js";
export { createStartGate, type StartGate } from "./orchestrator/start-gate.js";
export { startServers } from "./orchestrator/start-servers.js";
export { createToolFilter } from "./orchestrator/tool-filter.js";
export {
  type ApprovalStore,
  createMemoryApprovalStore,
  type RememberedTool,
} from "./policy/approval-store.js";
export { type NamedTool, type NamingRules, nameTools, type ToolNames } from "./policy/tool-names.js";
