import type { ServerConfig } from "@fairlead/config";
import type { AuthReport } from "@fairlead/oauth";
import type { LiveServer } from "../commands/live-status.js";
import { storedAuth } from "./auth-status.js";
import type { Credentials } from "./credentials.js";

/**
 * Tells how servers are signed in to, as far as that is known without asking anybody: by what is configured, by what is
 * kept, and by what running hosts met. Servers without an address are left out.
 */
export async function knownAuths(
  servers: readonly ServerConfig[],
  credentials: Credentials,
  liveOf: (server: string) => readonly LiveServer[],
): Promise<ReadonlyMap<string, AuthReport>> {
  const auths = new Map<string, AuthReport>();
  for (const server of servers) {
    const auth = await storedAuth(server, credentials);
    if (auth !== undefined) auths.set(server.name, withLive(auth, liveOf(server.name)));
  }
  return auths;
}

/** Whether a person has to be shown it: what the configuration says about credentials is no news. */
export function isTelling({ status }: AuthReport): boolean {
  return status === "oauth" || status === "not_logged_in" || status === "reauthentication_required";
}

function withLive(auth: AuthReport, live: readonly LiveServer[]): AuthReport {
  const [best] = live;
  const isOffered = live.some((copy) => typeof copy["loginOffer"] === "string");
  if (isOffered && auth.status === "unknown") return { ...auth, status: "not_logged_in" };
  if (best === undefined || (best.state !== "failed" && best.state !== "broken")) return auth;
  const failure = best["lastFailure"];
  const reason =
    typeof failure === "object" && failure !== null && "reason" in failure ? failure.reason : undefined;
  if (reason === "login_required" && auth.status === "unknown") return { ...auth, status: "not_logged_in" };
  if (reason === "reauthentication_required" && auth.status === "oauth") {
    return { ...auth, status: "reauthentication_required" };
  }
  return auth;
}
