import { createHash } from "node:crypto";
import type { EnvironmentVariable, ServerConfig, ServerLoginConfig } from "@fairlead/config";

/** What of the surroundings flows into a launch. */
export interface InstanceSurroundings {
  /** The environment that variables of the host are read from. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Where the server starts if it names no folder; undefined: where its executor likes. */
  readonly cwd: string | undefined;
  /** What makes its executor the same one. */
  readonly executor: string;
}

/**
 * What makes two copies of a server the same: everything that its launch, or its connection, depends on, hashed. It holds
 * the values of variables, so it cannot be read back; limits, filters and approvals are not in it.
 */
export function instanceKeyOf(server: ServerConfig, surroundings: InstanceSurroundings): string {
  const { env, executor } = surroundings;
  const valueOf = ({ name, source }: EnvironmentVariable): readonly unknown[] =>
    source === "host" ? [name, source, env[name] ?? null] : [name, source];
  const launch =
    server.transport === "stdio"
      ? {
          command: server.command,
          args: server.args,
          cwd: server.cwd ?? surroundings.cwd ?? null,
          env: sorted(server.env),
          envVars: server.envVars.map(valueOf),
          ...(server.shellProfile === true ? { shellProfile: true } : {}),
        }
      : {
          url: server.url,
          headers: sorted(server.headers),
          envHeaders: sorted(server.envHeaders).map(([header, variable]) => [header, valueOf(variable)]),
          bearer: server.bearerTokenVar === undefined ? null : valueOf(server.bearerTokenVar),
          helper:
            server.headersHelper === undefined ? null : [server.headersHelper, surroundings.cwd ?? null],
          proxy: server.proxy,
          login: signingOf(server.login),
        };
  const identity = JSON.stringify([server.transport, executor, server.protocol, launch]);
  return createHash("sha256").update(identity).digest("hex");
}

/**
 * What of the login settings decides which token requests are signed with: names, never the secrets behind them. Where a
 * browser is sent and comes back matters to the next login alone.
 */
function signingOf({
  issuer,
  clientId,
  clientSecretVar,
  scopes,
  resource,
  machine,
}: ServerLoginConfig): unknown {
  const proof = machine === undefined ? null : sorted({ ...machine });
  return [issuer ?? null, clientId ?? null, clientSecretVar ?? null, scopes ?? null, resource ?? null, proof];
}

/** The order in which a table was written changes nothing. */
function sorted<Value>(table: Readonly<Record<string, Value>>): [string, Value][] {
  return Object.entries(table).toSorted(([one], [other]) => (one < other ? -1 : 1));
}
