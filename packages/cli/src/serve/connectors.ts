import type { ConnectorConfig } from "@fairlead/config";
import type { ServerDefinition } from "@fairlead/host";
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
    // A remembered list is only shown to the login that it was made for, and that of a helper cannot be told beforehand.
    instanceKey: isLoginSeen(connector) ? definition.instanceKey : undefined,
  };
}

/** Whether everything that its requests are signed with is known on this machine before the first one is made. */
function isLoginSeen({ bearerTokenVar, envHeaders, headersHelper }: ConnectorConfig): boolean {
  const variables = [...Object.values(envHeaders), ...(bearerTokenVar === undefined ? [] : [bearerTokenVar])];
  return headersHelper === undefined && variables.every(({ source }) => source === "host");
}
