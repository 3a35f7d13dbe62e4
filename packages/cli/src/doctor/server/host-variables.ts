import type { EnvironmentVariable, ServerConfig } from "@fairlead/config";
import { broken, type CheckOutcome, ok } from "../check.js";
import { lines, note, variableNote } from "../shell-words.js";

/**
 * Looks whether the variables are set that a server gets from this machine. An empty one is a value like others, but not as
 * a proof of who we are.
 */
export function checkHostVariables(server: ServerConfig, env: Readonly<NodeJS.ProcessEnv>): CheckOutcome {
  const proofs = new Set(proofsHere(server));
  const names = [...new Set([...variablesHere(server), ...proofs])];
  if (names.length === 0) return ok("it needs none of this machine");
  const isSet = (name: string): boolean =>
    Object.hasOwn(env, name) && (!proofs.has(name) || (env[name] ?? "").trim() !== "");
  const missing = names.filter((name) => !isSet(name));
  if (missing.length === 0) return ok(`set here: ${names.join(", ")}`);
  return broken(`not set here: ${missing.join(", ")}`, {
    code: "usage",
    details: { variables: missing.join(", ") },
    remediation: lines(
      note("set it where fairlead is started, also by your agent; or take it out of the configuration"),
      ...missing.map((name) => variableNote(name)),
    ),
  });
}

function variablesHere(server: ServerConfig): readonly string[] {
  return server.transport === "stdio" ? ofHost(server.envVars) : [];
}

/** Of a header, a bearer token or a client. */
function proofsHere(server: ServerConfig): readonly string[] {
  if (server.transport === "stdio") return [];
  const { clientSecretVar, machine } = server.login;
  const ofLogin = [clientSecretVar, machine?.kind === "secret" ? machine.variable : undefined];
  return [
    ...ofHost([server.bearerTokenVar, ...Object.values(server.envHeaders)]),
    ...ofLogin.filter((name) => name !== undefined),
  ];
}

function ofHost(variables: readonly (EnvironmentVariable | undefined)[]): readonly string[] {
  return variables.flatMap((variable) => (variable?.source === "host" ? [variable.name] : []));
}
