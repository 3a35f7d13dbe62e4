export type {
  Approval,
  ConnectorConfig,
  EnvironmentVariable,
  ExecutorConfig,
  ExecutorTls,
  FairleadConfig,
  GatewayConfig,
  GatewayOauthConfig,
  HttpServerConfig,
  LoginsConfig,
  MachineProof,
  ServerConfig,
  ServerLoginConfig,
  ServerSettings,
  StdioServerConfig,
  TokenSource,
  ToolConfig,
} from "./config.js";
export {
  type AddOptions,
  addExecutor,
  addServer,
  removeExecutor,
  removeServer,
  setServerEnabled,
} from "./edit/config-edits.js";
export { type EditedConfig, editConfigFile } from "./edit/edit-config-file.js";
export { type ExecutorAddress, parseExecutorAddress } from "./executors/executor-address.js";
export { type ReadTokenOptions, readExecutorToken } from "./executors/executor-token.js";
export { type ResolvedExecutor, resolveExecutor } from "./executors/resolve-executor.js";
export { isLoopbackHost, type ListenAddress, parseListenAddress } from "./gateway/listen-address.js";
export type { Environment } from "./load/expand-variables.js";
export { configFilePath, type LoadConfigOptions, type LoadedConfig, loadConfig } from "./load/load-config.js";
export type { ReadFile } from "./load/read-text.js";
export { maskServer, maskUrl } from "./mask-server.js";
export type { ConfigWarning } from "./problems/config-problem.js";
export { didYouMean, nearestName } from "./problems/nearest-name.js";
export type { ExecutorEntry } from "./schema/executor-schema.js";
export { type FeatureName, featureNames } from "./schema/feature-schema.js";
export { headerNameProblem, headerValueProblem } from "./schema/http-rules.js";
export { type ConfigKey, listConfigKeys } from "./schema/key-table.js";
export type { ServerEntry, StdioServerEntry } from "./schema/server-schema.js";
