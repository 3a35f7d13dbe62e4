import type { ServerConfig } from "@fairlead/config";
import type { AuthReport } from "@fairlead/oauth";
import { credentialPlace } from "./credential-place.js";
import type { Credentials } from "./credentials.js";
import { hasConfiguredCredentials } from "./request-tokens.js";

/**
 * Tells how a server is signed in to, as far as that is known without asking anybody; undefined for one that has no address.
 * Never throws.
 */
export async function storedAuth(
  server: ServerConfig,
  credentials: Credentials,
  nowMs: number = Date.now(),
): Promise<AuthReport | undefined> {
  if (server.transport !== "http") return undefined;
  if (hasConfiguredCredentials(server)) return { status: "bearer_token" };
  const openStore = async (): ReturnType<Credentials["openIfUsed"]> => {
    const opened = await credentials.openIfUsed();
    if (opened === undefined) return undefined;
    const { fittingLogins } = await import("./fitting-logins.js");
    return fittingLogins(opened, server.login);
  };
  // What is in the way is told below.
  const store = await openStore().catch(() => null);
  const isMachine = server.login.machine !== undefined;
  if (store === undefined && isMachine) return { status: "oauth", isRenewable: true, isMachine };
  if (store === undefined) return { status: "unknown" };
  const { authStatus } = await import("@fairlead/oauth");
  return authStatus({
    server: credentialPlace(server),
    isConfigured: false,
    isMachine,
    openStore,
    now: () => nowMs,
  });
}
