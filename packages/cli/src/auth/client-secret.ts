import type { HttpServerConfig } from "@fairlead/config";
import { FairleadError, withRestartNote } from "@fairlead/core";

/**
 * Reads the secret of a server's configured client.
 * @param variable `oauth.client_secret_env`
 * @throws FairleadError `usage` `config_invalid`, naming the variable, where it is not set or empty
 */
export function readClientSecret(
  { name }: Pick<HttpServerConfig, "name">,
  variable: string,
  env: Readonly<NodeJS.ProcessEnv>,
): string {
  const secret = env[variable] ?? "";
  if (secret !== "") return secret;
  throw new FairleadError(
    "usage",
    `Server '${name}': the environment variable ${variable} (oauth.client_secret_env) is not set. ${withRestartNote("Put the secret of the client there")}`,
    {
      reason: "config_invalid",
      effect: "none",
      details: { server: name, variable, failure: "config_invalid" },
    },
  );
}
