import type { FairleadConfig } from "@fairlead/config";
import type { HostControlOptions } from "@fairlead/host";
import { storedAuth } from "../auth/auth-status.js";
import { logOut } from "../auth/log-out.js";
import { httpServersOf } from "../auth/request-tokens.js";
import { createLoginStarter } from "../auth/start-login.js";
import type { CommandContext } from "../commands/context.js";
import { findLoginServer } from "../commands/find-login-server.js";
import type { ControlReload } from "../control/control-messages.js";
import { isLocalExecutor } from "../runtime/is-local-executor.js";
import { cwdUri } from "../runtime/launch-spec.js";

/** What the control methods are made of. */
export interface ControlWork {
  readonly context: Pick<CommandContext, "cwd" | "credentials" | "env" | "http" | "pool" | "signal" | "warn">;
  /** The configuration of now. */
  readonly config: () => FairleadConfig;
  readonly reload: () => Promise<ControlReload>;
  /** Whether a server could not be started for want of a login. */
  readonly isWaitingForLogin: (server: string) => boolean;
}

/** Lets the control methods of a host work with what is configured. */
export function createControlWork(work: ControlWork): HostControlOptions {
  const { context, config, reload, isWaitingForLogin } = work;
  const logins = createLoginStarter(context);
  return {
    async openLauncher(executor, signal) {
      const { launcher, machine } = await context.pool.open(executor, signal);
      const { pathConvention: convention } = machine;
      if (!isLocalExecutor(executor)) return { launcher, convention };
      return { launcher, convention, cwd: cwdUri(context.cwd, convention, executor) };
    },
    async reload() {
      const { added, changed, removed } = await reload();
      return { added: [...added], changed: [...changed], removed: [...removed] };
    },
    login: async (name, scopes) => logins.start(findLoginServer(config(), name), scopes),
    async logout(name) {
      const servers = httpServersOf(config());
      const server = findLoginServer(config(), name);
      return (await logOut(server, { context, servers, warn: context.warn })).length > 0;
    },
    async authStatus(name) {
      const { servers, connectors } = config();
      const server = servers.get(name) ?? connectors.get(name);
      const auth = server === undefined ? undefined : await storedAuth(server, context.credentials);
      if (auth?.status === "bearer_token") return { inUse: "bearer", preferred: "bearer" };
      // A login that cannot be used is what somebody wanted, and has to renew.
      const isUsed = auth?.status === "oauth";
      const isWanted = isUsed || auth?.status === "reauthentication_required" || isWaitingForLogin(name);
      return { inUse: isUsed ? "oauth" : "none", preferred: isWanted ? "oauth" : "none" };
    },
  };
}
