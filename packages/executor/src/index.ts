export { isLoopback, type ListenAddress, parseListenAddress } from "./listen/listen-address.js";
export { checkListener, type ListenerOptions, type TlsIdentity } from "./listen/open-listener.js";
export { type Executor, type ExecutorOptions, startExecutor } from "./start-executor.js";
