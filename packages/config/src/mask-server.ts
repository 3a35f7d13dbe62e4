import { isSecretLine, maskArguments } from "./import/looks-secret.js";

/** What stands for a secret that is not shown. */
export const mask = "***";

/** The members of a server that may hold secrets, resolved or as they are written in a file. */
interface Maskable {
  readonly args?: readonly string[] | undefined;
  readonly url?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly http_headers?: Readonly<Record<string, string>> | undefined;
  readonly headers_helper?: string | readonly string[] | undefined;
}

/**
 * A copy of a server that may be shown: each value of its environment and of its headers is replaced by `***`, and so is
 * what looks like a secret in its arguments or in the query of its address. Takes a resolved server as well as an entry as it is written.
 */
export function maskServer<Server extends object>(server: Server & Maskable): Server {
  const { args, url, env, headers, http_headers, headers_helper: helper } = server;
  return {
    ...server,
    ...(args === undefined ? {} : { args: maskArguments(args) }),
    ...(url === undefined ? {} : { url: maskUrl(url) }),
    ...(env === undefined ? {} : { env: maskValues(env) }),
    ...(headers === undefined ? {} : { headers: maskValues(headers) }),
    ...(typeof helper === "string" && isSecretLine(helper) ? { headers_helper: mask } : {}),
    ...(http_headers === undefined ? {} : { http_headers: maskValues(http_headers) }),
  };
}

/**
 * An address that may be shown: values of its query that look like secrets, by their names or by their length, are replaced
 * by `***`. The rest stays as it was spelled.
 */
export function maskUrl(url: string): string {
  const start = url.indexOf("?");
  if (start < 0) return url;
  const pairs = url.slice(start + 1).split("&");
  return `${url.slice(0, start)}?${pairs.map(maskPair).join("&")}`;
}

/** Shorter values are words; a token has more characters. */
const longestWord = 24;

function maskPair(pair: string): string {
  const separator = pair.indexOf("=");
  const name = pair.slice(0, separator);
  const value = pair.slice(separator + 1);
  if (separator < 0 || value === "") return pair;
  const isSecret =
    /key|token|secret|passw|pwd|auth|sig|code|cred|session/i.test(name) || value.length > longestWord;
  return isSecret ? `${name}=${mask}` : pair;
}

function maskValues(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(values).map((name) => [name, mask]));
}
