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
 * Finds out whether a server says that there is a login to it (RFC 9728), though it answers without one. It is only asked for
 * its metadata: what it lets in without a login has no challenge. One that cannot be asked now says nothing.
 */
export async function offersLogin({ serverUrl, fetch, signal }: ProbeAuthOptions): Promise<boolean> {
  const both = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  try {
    const { source } = await discoverAuthorization({ serverUrl, fetch, signal: both });
    return source === "resource_metadata";
  } catch {
    return false;
  }
}

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
