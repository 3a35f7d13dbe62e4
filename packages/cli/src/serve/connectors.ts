import type { ConnectorConfig } from "@fairlead/config";
import type { ServerDefinition } from "@fairlead/host";
import { hasConfiguredCredentials } from "../auth/request-tokens.js";
import { type ServerAccess, toServerDefinition } from "../runtime/server-definitions.js";

/**
 * Makes a connector one of the servers that a host offers. Its tools are what its remote endpoint lists to its login; their
 * calls go there and back as they are, under the connector's own name.
 */
export function toConnectorDefinition(connector: ConnectorConfig, access: ServerAccess): ServerDefinition {
  const definition = toServerDefinition(connector, access);
  return {
    ...definition,
    origin: "connector",
    context: "external",
    // A remembered list is only shown to the login that it was made for. Whose it will be cannot be told beforehand of a
    // helper, nor where somebody may log in or out at any time.
    instanceKey: isLoginSeen(connector) ? definition.instanceKey : undefined,
  };
}

/** Whether everything that its requests are signed with is known on this machine before the first one is made. */
function isLoginSeen(connector: ConnectorConfig): boolean {
  const { bearerTokenVar, envHeaders, headersHelper } = connector;
  if (!hasConfiguredCredentials(connector)) return false;
  const variables = [...Object.values(envHeaders), ...(bearerTokenVar === undefined ? [] : [bearerTokenVar])];
  return headersHelper === undefined && variables.every(({ source }) => source === "host");
}
