import type { HttpServerConfig } from "@fairlead/config";
import type { Fetch } from "@fairlead/core";
import type { ExecutorSession } from "@fairlead/link";
import type { HttpClient } from "@fairlead/machine";
import type { ExecutorPool } from "./executor-pool.js";
import { isLocalExecutor } from "./is-local-executor.js";

/** Where the requests to a server leave, those of its logins among them. */
export interface ServerExit {
  /** Takes the proxy that is configured for the server, where a request names none. */
  readonly fetch: Fetch;
  /** Reaches the machine first, so that a start can tell what is wrong with it. */
  open(signal: AbortSignal): Promise<void>;
}

/** Finds the way to a server; nothing is opened before it is needed. */
export function exitOf(
  server: Pick<HttpServerConfig, "executor" | "proxy">,
  access: { readonly pool: ExecutorPool; readonly http: HttpClient },
): ServerExit {
  const { proxy } = server;
  const withProxy =
    (fetch: Fetch): Fetch =>
    (url, init) =>
      fetch(url, { ...init, policy: { proxy, ...init?.policy } });
  if (isLocalExecutor(server.executor)) return { fetch: withProxy(access.http.fetch), open: async () => {} };
  let session: ExecutorSession | undefined;
  const open = (signal: AbortSignal | null | undefined): Promise<ExecutorSession> =>
    access.pool.open(server.executor, signal ?? undefined);
  return {
    open: async (signal) => {
      session = await open(signal);
    },
    fetch: withProxy(async (url, init) => {
      // The server knows nothing of our session with the executor; a new one reaches it just as well.
      if (session === undefined || session.state.state === "lost") session = await open(init?.signal);
      return session.fetch(url, init);
    }),
  };
}
