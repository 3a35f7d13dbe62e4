export type { ListedProcess } from "@fairlead/wire";
export { type ExecutorTarget, resolveTarget } from "./channel/target.js";
export { type LocalExecutorOptions, startLocalExecutor } from "./local/start-local-executor.js";
export { connectExecutor } from "./session/connect-executor.js";
export type { ExecutorDescription } from "./session/describe-executor.js";
export type { ConnectOptions, ExecutorSession, SessionState } from "./session/executor-session.js";
export type { ProcessQuery } from "./session/list-processes.js";
