import type { HttpServerConfig, MachineProof } from "@fairlead/config";
import { FairleadError, type Fetch, toFairleadError, withRestartNote } from "@fairlead/core";
import { loginAsMachine, type MachineClient, type OAuthCredential } from "@fairlead/oauth";
import { asSentence } from "../output/plain-text.js";
import { credentialPlace } from "./credential-place.js";
import { readPrivateKey } from "./private-key.js";

/** What a machine logs in with. */
export interface MachineLoginSurroundings {
  /** Where secrets and keys are, if they are in variables. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Makes requests from where the server is reached. */
  readonly fetch: Fetch;
  /** @default each request has an end of its own */
  readonly signal?: AbortSignal | undefined;
}

/** Whether programs get the tokens of a server by themselves, so that nobody logs in. */
export function isMachineServer({ login }: Pick<HttpServerConfig, "login">): boolean {
  return login.machine !== undefined;
}

/**
 * Gets a token for this machine, which proves itself as the configuration says. Secret and key are read each time.
 * @throws FairleadError that names the server; with `failure: "config_invalid"` where only somebody can mend it
 */
export async function logInAsMachine(
  server: HttpServerConfig,
  { env, fetch, signal }: MachineLoginSurroundings,
): Promise<OAuthCredential> {
  const { name, login } = server;
  try {
    return await loginAsMachine({
      serverName: name,
      ...credentialPlace(server),
      fetch,
      client: await clientOf(server, env),
      configuredScopes: login.scopes,
      resource: login.resource,
      preferredIssuer: login.issuer,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (thrown) {
    signal?.throwIfAborted();
    throw told(server, toFairleadError(thrown));
  }
}

async function clientOf(
  { login }: HttpServerConfig,
  env: Readonly<NodeJS.ProcessEnv>,
): Promise<MachineClient> {
  const { clientId: id, issuer, machine } = login;
  if (id === undefined || machine === undefined)
    throw new Error("Only a machine's configuration has a proof");
  const client = { id, ...(issuer === undefined ? {} : { issuer }) };
  if (machine.kind === "key") return { ...client, signingKey: await readPrivateKey(machine, env) };
  const secret = env[machine.variable] ?? "";
  if (secret !== "") return { ...client, secret };
  throw new FairleadError(
    "usage",
    `the environment variable ${machine.variable} (oauth.client_secret_env) is not set. ${withRestartNote("Put the secret of the client there")}`,
    { reason: "config_invalid", effect: "none", details: { variable: machine.variable } },
  );
}

/** Nobody can log in in its place, so what failed is told, and not that a login is missing. */
function told({ name: server, login }: HttpServerConfig, error: FairleadError): FairleadError {
  const isForSomebody = ["usage", "unauthenticated", "forbidden"].includes(error.code);
  const variable = variableOf(login.machine);
  const isRefused = error.details["providerError"] === "invalid_client" && variable !== undefined;
  const message = isRefused
    ? `${asSentence(error.message)} ${withRestartNote(`If ${variable} was wrong, correct it`)}`
    : error.message;
  return new FairleadError(
    error.code,
    `Server '${server}': this machine got no token (oauth.grant = "client_credentials"): ${message}`,
    {
      ...(error.reason === undefined ? {} : { reason: error.reason }),
      effect: "none",
      details: { ...error.details, server, failure: isForSomebody ? "config_invalid" : "unreachable" },
      cause: error,
    },
  );
}

function variableOf(proof: MachineProof | undefined): string | undefined {
  if (proof?.kind !== "key") return proof?.variable;
  return proof.key.kind === "env" ? proof.key.name : undefined;
}
