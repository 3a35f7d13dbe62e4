import { toFairleadError } from "@fairlead/core";
import type { CredentialKey, OAuthCredential } from "../credential.js";
import type { CredentialStore, StoreAnswer } from "../store-port.js";
import { isNearlyExpired } from "../tokens/expiry.js";
import { isRenewable } from "../tokens/renewed-credential.js";

/** How a server is signed in to. */
export type AuthStatus =
  /** It does not offer that anybody logs in. */
  | "unsupported"
  | "not_logged_in"
  /** There is a login, which can neither be used nor be renewed any more. */
  | "reauthentication_required"
  /** The configuration says what requests are signed with; no login is looked for. */
  | "bearer_token"
  | "oauth"
  /** Nobody can tell now. */
  | "unknown";

/** The status, and what is known of the login. Nothing in it is secret. */
export interface AuthReport {
  readonly status: AuthStatus;
  /** Only where there is a login. */
  readonly issuer?: string;
  readonly scopes?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly expiresAtMs?: number;
  /** Whether it can be renewed without a person, as far as anybody knows. */
  readonly isRenewable?: boolean;
  /** Whether programs get tokens by themselves, so that nobody logs in. Absent: no. */
  readonly isMachine?: true;
  /** Why nobody can tell. */
  readonly problem?: string;
}

/** Whose status, and whom to ask. */
export interface AuthStatusOptions {
  readonly server: Pick<CredentialKey, "executor" | "serverUrl">;
  /** Whether a bearer token or an Authorization header is configured. Then nobody is asked anything. */
  readonly isConfigured: boolean;
  /** Opens the store; undefined: there is none yet. Not called where the configuration wins. */
  readonly openStore: () => Promise<CredentialStore | undefined>;
  /** Finds out whether one can log in to a server to which nobody has. @default nobody does: `unknown` */
  readonly probe?: (() => Promise<"unsupported" | "not_logged_in" | "unknown">) | undefined;
  /** Whether a new token can be had without a refresh token, as machines do. @default false */
  readonly isMachine?: boolean | undefined;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/** Tells how a server is signed in to. It sends no token anywhere, and never throws. */
export async function authStatus(options: AuthStatusOptions): Promise<AuthReport> {
  const { isConfigured, probe, isMachine = false, now = Date.now } = options;
  if (isConfigured) return { status: "bearer_token" };
  const answer = await find(options);
  if (answer.kind === "found") return describe(answer.value, { isMachine, nowMs: now() });
  if (answer.kind === "absent" && isMachine) return { status: "oauth", isRenewable: true, isMachine };
  if (answer.kind !== "absent") return { status: "unknown", problem: answer.reason };
  try {
    return { status: (await probe?.()) ?? "unknown" };
  } catch (error) {
    return { status: "unknown", problem: toFairleadError(error).message };
  }
}

/** Tells whether a login can sign requests: its token lives for a while, or can be renewed. */
export function isUsable(credential: OAuthCredential, nowMs: number): boolean {
  return !isNearlyExpired(credential, nowMs) || isRenewable(credential);
}

async function find({ server, openStore }: AuthStatusOptions): Promise<StoreAnswer<OAuthCredential>> {
  try {
    return (await (await openStore())?.find(server)) ?? { kind: "absent" };
  } catch (error) {
    return { kind: "unavailable", reason: toFairleadError(error).message };
  }
}

function describe(
  credential: OAuthCredential,
  { isMachine, nowMs }: { readonly isMachine: boolean; readonly nowMs: number },
): AuthReport {
  const { issuer, scopes, expiresAtMs } = credential;
  return {
    status: isMachine || isUsable(credential, nowMs) ? "oauth" : "reauthentication_required",
    issuer,
    ...(scopes === undefined ? {} : { scopes }),
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    isRenewable: isMachine || isRenewable(credential),
    ...(isMachine ? { isMachine } : {}),
  };
}
