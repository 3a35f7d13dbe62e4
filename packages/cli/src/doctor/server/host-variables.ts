import type { EnvironmentVariable, ServerConfig } from "@fairlead/config";
import { broken, type CheckOutcome, ok } from "../check.js";
import { lines, note } from "../shell-words.js";

/** Looks whether the variables are set that a server gets from this machine. Their values are not looked at. */
export function checkHostVariables(server: ServerConfig, env: Readonly<NodeJS.ProcessEnv>): CheckOutcome {
  const names = [...new Set(variablesHere(server))];
  if (names.length === 0) return ok("it needs none of this machine");
  const isSet = (name: string): boolean => Object.hasOwn(env, name) && (env[name] ?? "").trim() !== "";
  const missing = names.filter((name) => !isSet(name));
  if (missing.length === 0) return ok(`set here: ${names.join(", ")}`);
  return broken(`not set here: ${missing.join(", ")}`, {
    code: "usage",
    details: { variables: missing.join(", ") },
    remediation: lines(
      note("set it where fairlead is started, also by your agent; or take it out of the configuration"),
      ...missing.map((name) => `export ${name}=VALUE`),
    ),
  });
}

function variablesHere(server: ServerConfig): readonly string[] {
  if (server.transport === "stdio") return ofHost(server.envVars);
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
