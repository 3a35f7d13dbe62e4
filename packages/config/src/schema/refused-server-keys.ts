import { httpServerSchema, isHttpEntry, stdioServerSchema } from "./server-schema.js";

const otherSpellings: Readonly<Record<string, string>> = {
  headers: "is spelled http_headers here; env_http_headers takes values from environment variables",
  httpUrl: "is spelled url here",
  serverUrl: "is spelled url here",
  headersHelper: "is spelled headers_helper here",
  bearer_token:
    "a token does not belong in a configuration file; keep it in an environment variable and name that one in bearer_token_env_var",
};

const serverOnly =
  "is for a server; a connector has an address (url) and a login, and no agent's own headers";

/** Why a connector must not have this key; undefined for every other key. @see refusedServerKey */
export function refusedConnectorKey(key: string): string | undefined {
  if (Object.hasOwn(otherSpellings, key)) return otherSpellings[key];
  const isOfServer =
    Object.hasOwn(stdioServerSchema.shape, key) || Object.hasOwn(httpServerSchema.shape, key);
  return isOfServer ? serverOnly : undefined;
}

/**
 * Why a server must not have this key, for keys that would change what the server is: ignoring one of them with a
 * warning would start something else than was asked for. Undefined for every other key.
 * @param entry the whole entry, as it was written
 */
export function refusedServerKey(key: string, entry: object): string | undefined {
  if (Object.hasOwn(otherSpellings, key)) return otherSpellings[key];
  const isHttp = isHttpEntry(entry);
  const other = isHttp ? stdioServerSchema : httpServerSchema;
  if (!Object.hasOwn(other.shape, key)) return undefined;
  if (key === "command") {
    return "cannot stand beside url: a server is a program (command) or an address (url); remove one of the two";
  }
  if (isHttp) return `is for a server with a command, and this one has a url; remove ${key}, or url`;
  const own = Object.hasOwn(entry, "command") ? "has a command" : "has no url";
  return `is for a server with a url, and this one ${own}; remove ${key}, or give a url instead of a command`;
}
