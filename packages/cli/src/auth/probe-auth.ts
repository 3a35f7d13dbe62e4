import type { Fetch } from "@fairlead/core";
import { type AuthStatus, discoverAuthorization, probeChallenge } from "@fairlead/oauth";

/** Whom to ask. */
export interface ProbeAuthOptions {
  readonly serverUrl: string;
  /** Of the place that the server is reached from. */
  readonly fetch: Fetch;
  readonly signal: AbortSignal;
}

/** More than a person wants to wait for a word in a table. */
const patienceMs = 10_000;

/**
 * Finds out whether somebody could log in to a server to which nobody has. One that cannot be asked now is `unknown`, whatever
 * it is.
 */
export async function probeAuth({
  serverUrl,
  fetch,
  signal,
}: ProbeAuthOptions): Promise<Extract<AuthStatus, "unsupported" | "not_logged_in" | "unknown">> {
  const both = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  try {
    const challenge = await probeChallenge({ serverUrl, fetch, signal: both });
    const { source } = await discoverAuthorization({ serverUrl, fetch, challenge, signal: both });
    return source === "assumed" ? "unsupported" : "not_logged_in";
  } catch {
    return "unknown";
  }
}
