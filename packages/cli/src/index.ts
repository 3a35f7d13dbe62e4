export { type FairleadError, isFairleadError, type Launcher, type StopReport } from "@fairlead/core";
export {
  type AgentChannel,
  type AgentOptions,
  type AgentSession,
  type AgentSessionOptions,
  type ConnectorStatus,
  type ControlAuthChange,
  type ControlChunk,
  type ControlExit,
  type ControlMachine,
  type ControlSession,
  type ControlSessionMessage,
  type ControlSessions,
  type ControlStartupStatus,
  type ControlStop,
  createHost,
  type Host,
  type HostControl,
  type HostControlOptions,
  type HostEvent,
  type HostOptions,
  type ServerDefinition,
  type ServerStatus,
} from "@fairlead/host";
export { type ConnectOptions, connectExecutor, type ExecutorSession } from "@fairlead/link";
export { createLocalLauncher } from "@fairlead/machine";
