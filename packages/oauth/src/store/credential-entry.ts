import { type JsonObject } from "@fairlead/core";
import type { ClientAuthentication, CredentialKey, OAuthCredential } from "../credential.js";

/** Entries of logins; other kinds of secrets have other namespaces. */
export const oauthNamespace = "oauth";

/** A thing in a store: its namespace, and fields of which the namespace decides the meaning. */
export type StoredEntry = JsonObject & { readonly namespace: string };

const textFields = [
  "executor",
  "serverUrl",
  "issuer",
  "serverName",
  "tokenEndpoint",
  "clientId",
  "accessToken",
  "tokenType",
] as const;
const optionalTextFields = [
  "resource",
  "revocationEndpoint",
  "clientSecret",
  "refreshToken",
  "refusedRefreshHash",
  "loginId",
] as const;
const otherFields = ["clientAuthentication", "scopes", "expiresAtMs", "savedAtMs"] as const;
const knownFields: ReadonlySet<string> = new Set([...textFields, ...optionalTextFields, ...otherFields]);
const clientAuthentications: readonly unknown[] = [
  "none",
  "client_secret_post",
  "client_secret_basic",
  "private_key_jwt",
] satisfies readonly ClientAuthentication[];

/** Makes the entry of a credential. What a newer version knows of the former one, and this one does not, is kept. */
export function toEntry(credential: OAuthCredential, former: StoredEntry | undefined): StoredEntry {
  const kept = Object.entries(former ?? {}).filter(([name]) => !knownFields.has(name));
  const fields = Object.entries(credential).filter(
    ([name, value]) => knownFields.has(name) && value !== undefined,
  );
  return { ...Object.fromEntries([...kept, ...fields]), namespace: oauthNamespace };
}

/** Tells what is wrong with an entry of {@link oauthNamespace}, by the field's name; undefined if nothing is. */
export function entryProblem(entry: StoredEntry): string | undefined {
  const badText = textFields.find((name) => typeof entry[name] !== "string");
  const badOptional = optionalTextFields.find((name) => !isOptional(entry[name], isText));
  const bad = badText ?? badOptional;
  if (bad !== undefined) return bad;
  if (!clientAuthentications.includes(entry["clientAuthentication"])) return "clientAuthentication";
  if (!isOptional(entry["scopes"], (value) => Array.isArray(value) && value.every(isText))) return "scopes";
  if (!isOptional(entry["expiresAtMs"], Number.isFinite)) return "expiresAtMs";
  return Number.isFinite(entry["savedAtMs"]) ? undefined : "savedAtMs";
}

/** Gives the credential of an entry in which {@link entryProblem} finds nothing wrong. */
export function toCredential(entry: StoredEntry): OAuthCredential {
  const fields = Object.entries(entry).filter(([name]) => knownFields.has(name));
  return Object.fromEntries(fields) as unknown as OAuthCredential;
}

/** Tells whether an entry is the one of a credential, or, without an issuer, one of a server. */
export function isEntryOf(
  entry: StoredEntry,
  key: Pick<CredentialKey, "executor" | "serverUrl"> & { readonly issuer?: string | undefined },
): boolean {
  return (
    entry.namespace === oauthNamespace &&
    entry["executor"] === key.executor &&
    entry["serverUrl"] === key.serverUrl &&
    (key.issuer === undefined || entry["issuer"] === key.issuer)
  );
}

/** One text for a key; of two different keys the texts differ. */
export function keyText({ executor, serverUrl, issuer }: CredentialKey): string {
  return JSON.stringify([executor, serverUrl, issuer]);
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isOptional(value: unknown, isRight: (value: unknown) => boolean): boolean {
  return value === undefined || isRight(value);
}
