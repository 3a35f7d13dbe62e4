import { isSecretLine } from "./secrets/looks-secret.js";
import { mask, maskUrl } from "./secrets/mask-url.js";
import { maskArguments } from "./secrets/secret-arguments.js";

/** The members of a server that may hold secrets, resolved or as they are written in a file. */
interface Maskable {
  readonly args?: readonly string[] | undefined;
  readonly url?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly http_headers?: Readonly<Record<string, string>> | undefined;
  readonly headers_helper?: string | readonly string[] | undefined;
  readonly headersHelper?: string | readonly string[] | undefined;
}

/**
 * A copy of a server that may be shown: each value of its environment and of its headers is replaced by `***`, and so is
 * what looks like a secret in its arguments or in its address. Takes a resolved server as well as an entry as it is written.
 */
export function maskServer<Server extends object>(server: Server & Maskable): Server {
  const { args, url, env, headers, http_headers, headers_helper: helper, headersHelper } = server;
  return {
    ...server,
    ...(args === undefined ? {} : { args: maskArguments(args) }),
    ...(url === undefined ? {} : { url: maskUrl(url) }),
    ...(env === undefined ? {} : { env: maskValues(env) }),
    ...(headers === undefined ? {} : { headers: maskValues(headers) }),
    ...(helper === undefined ? {} : { headers_helper: maskHelper(helper) }),
    ...(headersHelper === undefined ? {} : { headersHelper: maskHelper(headersHelper) }),
    ...(http_headers === undefined ? {} : { http_headers: maskValues(http_headers) }),
  };
}

function maskValues(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(values).map((name) => [name, mask]));
}

/** A program that makes headers, as it may be shown: a line for the shell is hidden as a whole. */
export function maskHelper(helper: string | readonly string[]): string | readonly string[] {
  if (typeof helper !== "string") return maskArguments(helper);
  const words = helper.split(/[\s"']+/);
  const isSecret = isSecretLine(helper) || maskArguments(words).some((word, index) => word !== words[index]);
  return isSecret ? mask : helper;
}
