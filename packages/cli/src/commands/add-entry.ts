import type { ServerEntry } from "@fairlead/config";
import { conventionOfSpelling, FairleadError, notAbsolute } from "@fairlead/core";
import type { CommonFlags } from "./flags.js";

/** What was typed after `fairlead add`. */
export interface AddInput {
  readonly name: string;
  readonly command: readonly string[];
  readonly flags: CommonFlags & {
    readonly executor?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly envVar?: readonly string[];
    readonly cwd?: string;
    readonly shellProfile?: boolean;
    readonly url?: string;
    readonly header?: Readonly<Record<string, string>>;
    readonly envHeader?: Readonly<Record<string, string>>;
    readonly bearerTokenEnvVar?: string;
    readonly headersHelper?: string;
    readonly scopes?: readonly string[];
    readonly oauthClientId?: string;
    readonly oauthResource?: string;
    readonly browser?: boolean;
    readonly protocol?: NonNullable<ServerEntry["protocol"]>;
    readonly force?: boolean;
    readonly probe: boolean;
  };
}

/** The flags that only one kind of server has, as they are typed. */
const stdioFlags = {
  env: "--env",
  envVar: "--env-var",
  cwd: "--cwd",
  shellProfile: "--shell-profile",
} as const;
const httpFlags = {
  header: "--header",
  envHeader: "--env-header",
  bearerTokenEnvVar: "--bearer-token-env-var",
  headersHelper: "--headers-helper",
  scopes: "--scopes",
  oauthClientId: "--oauth-client-id",
  oauthResource: "--oauth-resource",
} as const;

/** Makes the table for config.toml. @throws FairleadError `usage` where what was typed belongs to two kinds of servers */
export function toServerEntry(input: AddInput): ServerEntry {
  const { command, flags } = input;
  const common = {
    ...(flags.executor === undefined ? {} : { executor: flags.executor }),
    ...(flags.protocol === undefined ? {} : { protocol: flags.protocol }),
  };
  if (flags.url !== undefined) {
    if (command.length > 0) throw usageError("A server has a --url or a command after --, not both");
    refuse(flags, stdioFlags, "is for a server with a command, and this one has a --url");
    return {
      url: flags.url,
      ...(flags.bearerTokenEnvVar === undefined ? {} : { bearer_token_env_var: flags.bearerTokenEnvVar }),
      ...(flags.header === undefined ? {} : { http_headers: { ...flags.header } }),
      ...(flags.envHeader === undefined ? {} : { env_http_headers: { ...flags.envHeader } }),
      ...(flags.headersHelper === undefined ? {} : { headers_helper: flags.headersHelper }),
      ...(flags.oauthClientId === undefined ? {} : { oauth: { client_id: flags.oauthClientId } }),
      ...(flags.scopes === undefined ? {} : { scopes: [...flags.scopes] }),
      ...(flags.oauthResource === undefined ? {} : { oauth_resource: toResource(flags.oauthResource) }),
      ...common,
    };
  }
  refuse(flags, httpFlags, "is for a server with a --url, and this one has none");
  const [program, ...args] = command;
  if (program === undefined) {
    throw usageError(
      "Give the server's command after --, as in: fairlead add files -- npx -y PACKAGE; or its address with --url",
    );
  }
  if (flags.cwd !== undefined) checkFolder(flags.cwd);
  return {
    command: program,
    ...(args.length > 0 ? { args } : {}),
    ...(flags.cwd === undefined ? {} : { cwd: flags.cwd }),
    ...(flags.env === undefined ? {} : { env: { ...flags.env } }),
    ...(flags.shellProfile === true ? { shell_profile: true } : {}),
    ...(flags.envVar === undefined ? {} : { env_vars: [...flags.envVar] }),
    ...common,
  };
}

/** What was typed as a resource, as it stands in config.toml. */
export function toResource(typed: string): string | false {
  return typed === "none" ? false : typed;
}

function refuse(flags: AddInput["flags"], refused: Readonly<Record<string, string>>, why: string): void {
  for (const [key, typed] of Object.entries(refused)) {
    if (flags[key as keyof typeof flags] !== undefined) throw usageError(`${typed} ${why}`);
  }
}

function usageError(message: string): FairleadError {
  return new FairleadError("usage", message, { reason: "argument_invalid", effect: "none" });
}

/**
 * Refuses a folder that no machine could find. Whether it is spelled as the server's machine spells paths is known when that is
 * reached.
 */
function checkFolder(cwd: string): void {
  if (conventionOfSpelling(cwd) !== undefined) return;
  const { message, details } = notAbsolute(cwd, undefined);
  throw new FairleadError("usage", `--cwd: ${message}`, { reason: "path_invalid", effect: "none", details });
}
