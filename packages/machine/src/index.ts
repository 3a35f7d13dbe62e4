export { type OpenBrowserOptions, openBrowser } from "./browser/open-browser.js";
export {
  buildEnvironment,
  type EnvironmentPlatform,
  type EnvironmentValues,
} from "./environment/build-environment.js";
export { isReplacedValue } from "./environment/exact-environment.js";
export {
  createSearchPath,
  type SearchPath,
  type SearchPathOptions,
  type SearchPathSource,
} from "./environment/search-path.js";
export { createFiles, defaultFileRoots, type FilesOptions } from "./files/create-files.js";
export type { CoreDumps } from "./hardening/core-dumps.js";
export { hardenProcess } from "./hardening/harden-process.js";
export type { DestinationRules } from "./http/destination-policy.js";
export { createHttpClient, type HttpClient, type HttpClientOptions } from "./http/http-client.js";
export { type ConnectionProbe, type ProbedConnection, probeConnection } from "./http/probe-connection.js";
export { describeMachine, type MachineFacts } from "./platform/machine-facts.js";
export { type OperatingSystem, operatingSystemOf, pathConventionOf } from "./platform/operating-system.js";
export { createPrivateFile } from "./privacy/create-private-file.js";
export {
  keepFolderPrivate,
  lookAtPrivacy,
  makePrivate,
  makePrivateFolder,
  type Privacy,
} from "./privacy/private-paths.js";
export { type DaemonOptions, type DaemonProcess, startDaemon } from "./processes/daemon.js";
export { createLocalLauncher, type LocalLauncherOptions } from "./processes/local-launcher.js";
export { type ProbeOptions, probeLaunch } from "./processes/probe-launch.js";
export { processStartMs } from "./processes/process-start.js";
export { runTool, type ToolAnswer, type ToolRun } from "./processes/run-tool.js";
export { type DetachedOptions, startDetached } from "./processes/start-detached.js";
export { quoteWindowsWord } from "./programs/quote-windows-word.js";
export { type ProgramLookup, resolveProgram } from "./programs/resolve-program.js";
export { hasPty } from "./pty/spawn-in-terminal.js";
export { checkTerminalSize, type TerminalSize } from "./pty/terminal-size.js";
export { type ListedTree, listJournaledTrees, listOrphanedTrees } from "./trees/list-trees.js";
export {
  openTreeKeeper,
  type PreparedTree,
  type TreeKeeper,
  type TreeKeeperOptions,
  type TreeNote,
  type TreeRegister,
} from "./trees/tree-keeper.js";
