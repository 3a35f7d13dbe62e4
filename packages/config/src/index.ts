export { type ClientLaunch, clientEntry, gatewayTokenVariable } from "./clients/client-entry.js";
export {
  type ClientFile,
  type ClientName,
  type ClientScope,
  type ClientSurroundings,
  clientFile,
  clientNames,
} from "./clients/client-files.js";
export {
  type ClientPlace,
  installInText,
  namesInText,
  uninstallFromText,
} from "./clients/edit-client-text.js";
export type {
  Approval,
  BrokenServer,
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
export { diffLines } from "./diff/line-diff.js";
export { maskConfigText } from "./diff/mask-text.js";
export {
  type AddOptions,
  addExecutor,
  addServer,
  removeExecutor,
  removeServer,
  setServerEnabled,
} from "./edit/config-edits.js";
export { type EditedConfig, editConfigFile } from "./edit/edit-config-file.js";
export { type EditedFile, editFile } from "./edit/edit-file.js";
export { withEditLock } from "./edit/edit-lock.js";
export { type ExecutorAddress, parseExecutorAddress } from "./executors/executor-address.js";
export { type ReadTokenOptions, readExecutorToken } from "./executors/executor-token.js";
export { type ResolvedExecutor, resolveExecutor } from "./executors/resolve-executor.js";
export { isLoopbackHost, type ListenAddress, parseListenAddress } from "./gateway/listen-address.js";
export { type ForeignFile, type ForeignServer, readForeignFile } from "./import/foreign-file.js";
export type { LeftKey } from "./import/ledger.js";
export {
  type ImportOptions,
  type ImportPlan,
  type ImportSurroundings,
  type PlannedServer,
  planImport,
} from "./import/plan-import.js";
export { describeProject, type ProjectDescription } from "./layers/describe-project.js";
export { type ExplainedKey, type ExplainedLayer, explainKey } from "./layers/explain-key.js";
export { configFilePath, type LayerOptions, type ProjectFile } from "./layers/read-layers.js";
export { checkConfig } from "./load/check-config.js";
export type { Environment } from "./load/expand-variables.js";
export { type LoadConfigOptions, type LoadedConfig, loadConfig } from "./load/load-config.js";
export type { ReadFile } from "./load/read-text.js";
export { maskServer } from "./mask-server.js";
export type { ConfigWarning } from "./problems/config-problem.js";
export { didYouMean, nearestName } from "./problems/nearest-name.js";
export { configJsonSchema } from "./reference/config-json-schema.js";
export type { ExecutorEntry } from "./schema/executor-schema.js";
export { type FeatureInfo, type FeatureName, featureList, featureNames } from "./schema/feature-schema.js";
export { headerNameProblem, headerValueProblem } from "./schema/http-rules.js";
export { type ConfigKey, listConfigKeys } from "./schema/key-table.js";
export type { ServerEntry, StdioServerEntry } from "./schema/server-schema.js";
export { isNamedSecret } from "./secrets/looks-secret.js";
export { maskUrl } from "./secrets/mask-url.js";
export { maskArguments, type NamedValue, secretsInArgument } from "./secrets/secret-arguments.js";
export {
  looksLikeKey,
  looksLikePath,
  mayBeSecretName,
  tokenPattern,
} from "./secrets/secret-shapes.js";
export { parseDottedKey } from "./toml/dotted-key.js";
