import { FairleadError } from "@fairlead/core";
import type { TomlValue } from "../toml/emit-toml.js";
import type { ClientName } from "./client-files.js";

/** The environment variable that a client reads the gateway's token from. */
export const gatewayTokenVariable = "FAIRLEAD_TOKEN";

/** How a client reaches Fairlead: it starts a program, or it knows an address. */
export type ClientLaunch =
  | {
      readonly kind: "command";
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
    }
  | { readonly kind: "url"; readonly url: string };

/** An entry as it is written into a client's configuration. */
export type ClientEntry = Readonly<Record<string, TomlValue>>;

/**
 * Makes the entry that a client's configuration is to have. The gateway's token is never in it: clients read it from an
 * environment variable.
 * @throws FairleadError `usage`, reason `argument_invalid`, for an address where a client knows none, or no reference
 * @see ClientFile for the pages that say how each of them is written
 */
export function clientEntry(client: ClientName, launch: ClientLaunch): ClientEntry {
  if (launch.kind === "url") return urlEntry(client, launch.url);
  const { command, args, env } = launch;
  const environment = Object.keys(env).length === 0 ? {} : { env: { ...env } };
  const program = { command, args: [...args], ...environment };
  if (client === "claude" || client === "vscode") return { type: "stdio", ...program };
  return client === "zed" ? { source: "custom", ...program } : program;
}

function urlEntry(client: ClientName, url: string): ClientEntry {
  const reference = references[client];
  if (reference === undefined) {
    throw new FairleadError(
      "usage",
      `${client} cannot take a token from its environment, and the gateway asks for one; leave out --http, and ${client} starts fairlead serve itself`,
      { reason: "argument_invalid", effect: "none", details: { client } },
    );
  }
  if (client === "codex") return { url, bearer_token_env_var: gatewayTokenVariable };
  const headers = { Authorization: `Bearer ${reference}` };
  if (client === "gemini") return { httpUrl: url, headers };
  if (client === "windsurf") return { serverUrl: url, headers };
  return client === "cursor" ? { url, headers } : { type: "http", url, headers };
}

/** How each of them refers to a variable; of those that are missing no such way is documented. */
const references: Readonly<Partial<Record<ClientName, string>>> = {
  claude: `\${${gatewayTokenVariable}}`,
  codex: gatewayTokenVariable,
  cursor: `\${env:${gatewayTokenVariable}}`,
  gemini: `\${${gatewayTokenVariable}}`,
  vscode: `\${env:${gatewayTokenVariable}}`,
  windsurf: `\${env:${gatewayTokenVariable}}`,
};
