import type { LoginsConfig, MachineProof, ServerLoginConfig, TokenSource } from "../config.js";
import type { ParsedConfig } from "../schema/config-schema.js";
import type { ParsedServerOauth } from "../schema/oauth-schema.js";

/** What an entry of a server says about logging in. */
interface LoginEntry {
  readonly oauth?: ParsedServerOauth | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly oauth_resource?: string | false | undefined;
}

/** Makes an absolute path of this machine of one that was written. */
type ToAbsolute = (path: string) => string;

/** Gives what holds for all logins its final form. */
export function resolveLogins(value: ParsedConfig): LoginsConfig {
  return {
    store: value.oauth_credentials_store,
    ...(value.oauth_callback_port === undefined ? {} : { callbackPort: value.oauth_callback_port }),
    ...(value.oauth_callback_url === undefined ? {} : { callbackUrl: value.oauth_callback_url }),
    ...(value.oauth_client_metadata_url === undefined
      ? {}
      : { clientMetadataUrl: value.oauth_client_metadata_url }),
  };
}

/** Fills in what holds for all logins where a server says nothing itself. */
export function resolveLogin(
  entry: LoginEntry,
  { defaults, toAbsolute }: { readonly defaults: ParsedConfig; readonly toAbsolute: ToAbsolute },
): ServerLoginConfig {
  const { store: _, ...common } = resolveLogins(defaults);
  const { client_id, client_secret_env, issuer, authorization_url, callback_port, callback_url } =
    entry.oauth ?? {};
  const machine = machineOf(entry.oauth ?? {}, toAbsolute);
  return {
    ...common,
    ...(client_id === undefined ? {} : { clientId: client_id }),
    ...(client_secret_env === undefined ? {} : { clientSecretVar: client_secret_env }),
    ...(issuer === undefined ? {} : { issuer }),
    ...(machine === undefined ? {} : { machine }),
    ...(authorization_url === undefined ? {} : { authorizationUrl: authorization_url }),
    ...(callback_port === undefined ? {} : { callbackPort: callback_port }),
    ...(callback_url === undefined ? {} : { callbackUrl: callback_url }),
    ...(entry.scopes === undefined ? {} : { scopes: entry.scopes }),
    ...(entry.oauth_resource === undefined ? {} : { resource: entry.oauth_resource }),
  };
}

function machineOf(oauth: ParsedServerOauth, toAbsolute: ToAbsolute): MachineProof | undefined {
  const { grant, client_secret_env, algorithm, key_id } = oauth;
  if (grant !== "client_credentials") return undefined;
  if (client_secret_env !== undefined) return { kind: "secret", variable: client_secret_env };
  const key = keyOf(oauth, toAbsolute);
  if (key === undefined) throw new Error("A machine without a proof was not refused");
  return {
    kind: "key",
    key,
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(key_id === undefined ? {} : { keyId: key_id }),
  };
}

function keyOf(oauth: ParsedServerOauth, toAbsolute: ToAbsolute): TokenSource | undefined {
  const { private_key_env, private_key_file } = oauth;
  if (private_key_env !== undefined) return { kind: "env", name: private_key_env };
  if (private_key_file === undefined) return undefined;
  return { kind: "file", path: toAbsolute(private_key_file) };
}
