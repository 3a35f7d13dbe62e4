export { type ExecutorTarget, resolveTarget } from "./channel/target.js";
export { type LocalExecutorOptions, startLocalExecutor } from "./local/start-local-executor.js";
export type { ExecutorDescription } from "./session/describe-executor.js";
export {
  type ConnectOptions,
  connectExecutor,
  type ExecutorSession,
  type SessionState,
} from "./session/executor-session.js";
