import type { HttpServerConfig, MachineProof } from "@fairlead/config";
import { FairleadError } from "@fairlead/core";
import { type OAuthCredential, revokeLogin, type SigningKeyOptions } from "@fairlead/oauth";
import type { CommandContext } from "../commands/context.js";
import { exitOf } from "../runtime/server-exit.js";
import { credentialPlace } from "./credential-place.js";
import { fitsConfiguration, isOfPlace } from "./fitting-logins.js";
import { readPrivateKey } from "./private-key.js";

/** What a logout works with. */
export interface LogOutOptions {
  readonly context: Pick<CommandContext, "credentials" | "env" | "http" | "pool" | "signal">;
  /** Those that are configured now: the secrets of their clients and their proxies are used. */
  readonly servers: readonly HttpServerConfig[];
  /** Told what went wrong at an authorization server; the login is forgotten here all the same. */
  readonly warn: (server: string, text: string) => void;
}

/**
 * Forgets the logins of a server, or all of them, and tells their authorization servers as far as those listen.
 * @param server undefined: all, also those of servers that are not configured any more
 * @returns the names of the servers, each once
 * @throws FairleadError where nobody can tell which logins there are
 */
export async function logOut(
  server: HttpServerConfig | undefined,
  options: LogOutOptions,
): Promise<readonly string[]> {
  const { credentials, signal } = options.context;
  const store = await credentials.openIfUsed();
  const answer = await store?.list();
  if (store === undefined || answer === undefined || answer.kind === "absent") return [];
  if (answer.kind !== "found") {
    throw new FairleadError(
      "unavailable",
      // There may be a login in it, so that there was none is not for us to say.
      `The logins cannot be read, so nothing was forgotten: ${answer.reason}${answer.kind === "corrupt" ? ". It is left as it is; mend it, or remove it, which forgets what it holds" : ""}`,
      { reason: "credentials_unavailable", effect: "none" },
    );
  }
  const forgotten = new Set<string>();
  for (const login of answer.value) {
    if (server !== undefined && !isOf(login, server)) continue;
    const forget = async (): Promise<void> => {
      const latest = await store.read(login);
      if (await store.remove(login)) forgotten.add(server?.name ?? login.serverName);
      // Whoever renewed it meanwhile has left other tokens to revoke.
      await revoke(latest.kind === "found" ? latest.value : login, options);
    };
    await store.withLock(login, forget, signal);
  }
  return [...forgotten];
}

function isOf(login: OAuthCredential, server: HttpServerConfig): boolean {
  return isOfPlace(login, credentialPlace(server));
}

async function revoke(login: OAuthCredential, { context, servers, warn }: LogOutOptions): Promise<void> {
  const configured = servers.find((server) => isOf(login, server));
  // The configured proof is that of the configured client, for whoever may see it.
  const isOwn =
    configured !== undefined &&
    login.clientId === configured.login.clientId &&
    fitsConfiguration(login, configured.login);
  const variable = isOwn ? configured.login.clientSecretVar : undefined;
  const executor = login.executor === "" ? "local" : login.executor;
  const { fetch } = exitOf({ executor, proxy: configured?.proxy ?? "environment" }, context);
  const machine = isOwn ? configured.login.machine : undefined;
  const signingKey = machine?.kind === "key" ? await keyOf(machine, context.env) : undefined;
  const problem = await revokeLogin(login, {
    fetch,
    clientSecret: variable === undefined ? undefined : context.env[variable],
    signingKey,
    signal: context.signal,
  });
  if (problem === undefined) return;
  warn(
    login.serverName,
    `the login is forgotten here, but could not be ended at ${login.issuer}: ${problem}`,
  );
}

/** A key that cannot be read keeps nobody from forgetting; that it is missing is told then. */
async function keyOf(
  machine: Extract<MachineProof, { kind: "key" }>,
  env: CommandContext["env"],
): Promise<SigningKeyOptions | undefined> {
  return readPrivateKey(machine, env).catch(() => undefined);
}
