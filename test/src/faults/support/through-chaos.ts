import { type ConnectOptions, connectExecutor, type ExecutorSession } from "@fairlead/link";
import { type ChaosProxy, type ChaosProxyOptions, startChaosProxy } from "@fairlead/testkit";
import type { TestExecutor } from "./test-executor.js";

/** What the line is like, and how the session on it is held. */
export interface ThroughChaosOptions {
  readonly line?: Omit<ChaosProxyOptions, "targetHost" | "targetPort" | "targetPath"> | undefined;
  readonly session?: Partial<ConnectOptions> | undefined;
  /** Whether the executor listens with TLS. @default false */
  readonly encrypted?: boolean | undefined;
}

/** A session with an executor, and the bad line between them. Disposing it closes both, and never waits for a dead line. */
export interface ThroughChaos extends AsyncDisposable {
  readonly proxy: ChaosProxy;
  readonly session: ExecutorSession;
  /** The executor's address as it is seen through the line. */
  readonly url: string;
  /** Opens one more session on the same line. The caller closes it. */
  connect(options?: Partial<ConnectOptions>): Promise<ExecutorSession>;
}

/** Starts a line to an executor, and opens a session through it. */
export async function connectThroughChaos(
  executor: Pick<TestExecutor, "port" | "socketPath" | "token">,
  options: ThroughChaosOptions = {},
): Promise<ThroughChaos> {
  const proxy = await startChaosLine(executor, options.line);
  const url = `${options.encrypted === true ? "grpcs" : "grpc"}://127.0.0.1:${proxy.port}`;
  const connect = (more?: Partial<ConnectOptions>): Promise<ExecutorSession> =>
    connectExecutor({
      url,
      token: executor.token,
      name: "far",
      clientName: "test",
      clientVersion: "0",
      ...options.session,
      ...more,
    });
  try {
    const session = await connect();
    return {
      proxy,
      session,
      url,
      connect,
      [Symbol.asyncDispose]: async () => {
        proxy.admit("carry");
        proxy.resume();
        // A session that was lost has nothing to be closed any more, and says so.
        await session.close({ stdinGraceMs: 0, termGraceMs: 0 }).catch(() => undefined);
        await proxy[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await proxy[Symbol.asyncDispose]();
    throw error;
  }
}

/** Starts a line to an executor, for hosts that connect by themselves. */
export function startChaosLine(
  executor: Pick<TestExecutor, "port" | "socketPath">,
  line: ThroughChaosOptions["line"] = {},
): Promise<ChaosProxy> {
  const target =
    executor.port === undefined ? { targetPath: executor.socketPath } : { targetPort: executor.port };
  return startChaosProxy({ ...line, ...target });
}
