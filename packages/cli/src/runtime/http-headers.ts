import { type HttpServerConfig, headerValueProblem } from "@fairlead/config";
import { FairleadError, type HeaderFromEnv, withRestartNote } from "@fairlead/core";
import type { EndpointHeaders } from "@fairlead/mcp";

/** Where the values of headers come from at this moment. */
export interface HeaderSources {
  /** The environment of this machine. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** What the headers helper printed, if there is one; checked already. */
  readonly helped?: Readonly<Record<string, string>> | undefined;
}

/** The headers of one request, and what looked odd; neither is to be logged but for the warnings, which hold no value. */
export interface ResolvedHeaders {
  readonly headers: EndpointHeaders;
  readonly warnings: readonly string[];
}

type NamedServer = Pick<HttpServerConfig, "name" | "headers" | "envHeaders" | "bearerTokenVar">;

/**
 * Puts the configured headers of a server together for one request. A later source wins over an earlier one: those as
 * written, those from the environment, those of the helper, the bearer token.
 * @throws FairleadError `usage`, reason `config_invalid`, naming the variable, if there is no usable bearer token
 */
export function resolveHeaders(server: NamedServer, { env, helped = {} }: HeaderSources): ResolvedHeaders {
  const warnings: string[] = [];
  const values = new HeaderMap<string>(Object.entries(server.headers));
  const fromEnv = new HeaderMap<HeaderFromEnv>();
  for (const [header, { name, source }] of Object.entries(server.envHeaders)) {
    if (source === "executor") {
      // What is written stays behind it: it counts where the variable is not set there.
      fromEnv.set(header, { header, name });
      continue;
    }
    const value = readVariable(env, name);
    if (value === undefined || value.trim() === "") continue;
    const problem = headerValueProblem(value);
    if (problem === undefined) values.set(header, value);
    else warnings.push(`the header ${header} is left out: the environment variable ${name} ${problem}`);
  }
  for (const [header, value] of Object.entries(helped)) {
    values.set(header, value);
    fromEnv.delete(header);
  }
  if (server.bearerTokenVar !== undefined) {
    const { name, source } = server.bearerTokenVar;
    values.delete(authorization);
    fromEnv.delete(authorization);
    if (source === "executor") {
      fromEnv.set(authorization, { header: authorization, name, prefix: "Bearer ", required: true });
    } else {
      const token = readBearer(server.name, name, readVariable(env, name));
      if (token.hasPrefix) {
        warnings.push(
          `the environment variable ${name} begins with "Bearer", which is sent once all the same`,
        );
      }
      values.set(authorization, `Bearer ${token.bare}`);
    }
  }
  return { headers: { values: values.toRecord(), fromEnv: fromEnv.toList() }, warnings };
}

const authorization = "Authorization";

function readVariable(env: HeaderSources["env"], name: string): string | undefined {
  return Object.hasOwn(env, name) ? env[name] : undefined;
}

function readBearer(
  server: string,
  variable: string,
  value: string | undefined,
): { readonly bare: string; readonly hasPrefix: boolean } {
  const bare = (value ?? "").trim().replace(/^bearer(?:\s+|$)/i, "");
  if (value === undefined) throw bearerError(server, variable, "is not set");
  if (bare === "") throw bearerError(server, variable, "is blank");
  // Looked for in the whole value: a line break at its end would be sent by whoever trims less than we do.
  if (/[\r\n]/.test(value)) throw bearerError(server, variable, "contains a line break");
  if (!/^[\x21-\x7e]+$/.test(bare)) {
    throw bearerError(server, variable, "contains a character that no token can have");
  }
  return { bare, hasPrefix: bare !== value.trim() };
}

function bearerError(server: string, variable: string, what: string): FairleadError {
  const message = `Server '${server}' has no token: the environment variable ${variable} (bearer_token_env_var) ${what}. ${withRestartNote("Put the server's token there")}`;
  return new FairleadError("usage", message, {
    reason: "config_invalid",
    effect: "none",
    details: { server, variable },
  });
}

/** Headers by name, whose names do not tell case; the last spelling is sent. */
class HeaderMap<Value> {
  readonly #entries = new Map<string, readonly [name: string, value: Value]>();

  constructor(entries: readonly (readonly [string, Value])[] = []) {
    for (const [name, value] of entries) this.set(name, value);
  }

  set(name: string, value: Value): void {
    this.#entries.set(name.toLowerCase(), [name, value]);
  }

  delete(name: string): void {
    this.#entries.delete(name.toLowerCase());
  }

  toRecord(): Readonly<Record<string, Value>> {
    return Object.fromEntries(this.#entries.values());
  }

  toList(): readonly Value[] {
    return [...this.#entries.values()].map(([, value]) => value);
  }
}
