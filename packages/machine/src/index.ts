export {
  buildEnvironment,
  type EnvironmentPlatform,
  type EnvironmentValues,
} from "./environment/build-environment.js";
export { describeMachine, type MachineFacts } from "./platform/machine-facts.js";
export { type OperatingSystem, operatingSystemOf, pathConventionOf } from "./platform/operating-system.js";
export { type DaemonOptions, type DaemonProcess, startDaemon } from "./processes/daemon.js";
export { createLocalLauncher, type LocalLauncherOptions } from "./processes/local-launcher.js";
export { type ProgramLookup, resolveProgram } from "./programs/resolve-program.js";
