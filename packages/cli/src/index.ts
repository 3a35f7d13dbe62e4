export {
  createHost,
  type Host,
  type HostEvent,
  type HostOptions,
  type ServerDefinition,
} from "@fairlead/host";
export { type ConnectOptions, connectExecutor, type ExecutorSession } from "@fairlead/link";
export { createLocalLauncher } from "@fairlead/machine";
