import { isLoopbackHost } from "../gateway/listen-address.js";

/** What is wrong with an address that has to do with logins; undefined if nothing. */
export function oauthUrlProblem(text: string): string | undefined {
  if (!URL.canParse(text) || !/^https?:\/\/[^/]/i.test(text)) {
    return "expected a whole address that begins with http:// or https://";
  }
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") return "must not hold a user name or password";
  return text.includes("#") ? "must not end in a #fragment" : undefined;
}

/** What is wrong with the address of a client metadata document; undefined if nothing. */
export function clientMetadataUrlProblem(text: string): string | undefined {
  const problem = oauthUrlProblem(text);
  if (problem !== undefined) return problem;
  const url = new URL(text);
  if (url.protocol !== "https:") return "expected an address that begins with https://";
  return url.pathname === "/" ? "must name a document: the address has no path" : undefined;
}

/** What is wrong with an address whose answers decide who comes in; undefined if nothing. */
export function trustedUrlProblem(text: string): string | undefined {
  const problem = oauthUrlProblem(text);
  if (problem !== undefined) return problem;
  const { protocol, hostname } = new URL(text);
  if (protocol === "https:" || isLoopbackHost(hostname.replace(/^\[|\]$/g, ""))) return undefined;
  return "expected https:// for what is not on this machine: others could answer in its name";
}

/** What is wrong with the address of a protected resource; undefined if nothing. */
export function resourceUrlProblem(text: string): string | undefined {
  return oauthUrlProblem(text) ?? (text.includes("?") ? "must not have a ?query" : undefined);
}

/** What is wrong with a scope; undefined if nothing. */
export function scopeProblem(scope: string): string | undefined {
  return /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope)
    ? undefined
    : "a scope has no space, quote, backslash or character outside of ASCII; write several as several";
}

/** What the rules of an `oauth` table are about. */
export interface OauthTable {
  readonly client_id?: string | undefined;
  readonly client_secret_env?: string | undefined;
  readonly issuer?: string | undefined;
  readonly grant?: "authorization_code" | "client_credentials" | undefined;
  readonly private_key_env?: string | undefined;
  readonly private_key_file?: string | undefined;
  readonly algorithm?: string | undefined;
  readonly key_id?: string | undefined;
  readonly authorization_url?: string | undefined;
  readonly callback_port?: number | undefined;
  readonly callback_url?: string | undefined;
}

/** What does not fit together in an `oauth` table. */
export function oauthTableProblems(
  table: OauthTable,
): readonly { readonly key: keyof OauthTable; readonly message: string }[] {
  const has = (key: keyof OauthTable): boolean => table[key] !== undefined;
  const tell = (key: keyof OauthTable, message: string) => (has(key) ? [{ key, message }] : []);
  const ofClient = has("client_id")
    ? []
    : [
        ...tell("client_secret_env", "is the secret of a client; name that one in client_id"),
        ...tell("issuer", "is for a client that is configured; name that one in client_id"),
      ];
  if (table.grant !== "client_credentials") {
    const message = 'is for a machine that gets tokens by itself; set grant = "client_credentials"';
    return [...ofClient, ...machineKeys.flatMap((key) => tell(key, message))];
  }
  const proofs = proofKeys.filter(has);
  const [first, second] = proofs;
  const key = "grant";
  return [
    ...ofClient,
    ...(has("client_id") ? [] : [{ key, message: "client_credentials needs client_id" } as const]),
    ...(first === undefined
      ? [{ key, message: `client_credentials needs one of ${proofKeys.join(", ")}` } as const]
      : []),
    ...(second === undefined ? [] : tell(second, `cannot stand beside ${first}; keep one of the two`)),
    ...(has("private_key_env") || has("private_key_file")
      ? []
      : signingKeys.flatMap((name) => tell(name, "is for a private key; name that one in private_key_file"))),
    ...browserKeys.flatMap((name) =>
      tell(name, "is for a login in a browser, which client_credentials has none of"),
    ),
  ];
}

/** Why a key must not be in an `oauth` table, because of what it would hold; undefined for every other one. */
export function refusedOauthKey(key: string): string | undefined {
  const words: Readonly<Record<string, string>> = {
    client_secret:
      "a secret does not belong in a configuration file; keep it in an environment variable and name that one in client_secret_env",
    private_key:
      "a private key does not belong in a configuration file; keep it in a file and name that one in private_key_file",
  };
  return Object.hasOwn(words, key) ? words[key] : undefined;
}

const proofKeys = ["client_secret_env", "private_key_env", "private_key_file"] as const;
const signingKeys = ["algorithm", "key_id"] as const;
const machineKeys = ["private_key_env", "private_key_file", ...signingKeys] as const;
const browserKeys = ["authorization_url", "callback_port", "callback_url"] as const;
