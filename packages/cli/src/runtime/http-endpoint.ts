import type { HttpServerConfig } from "@fairlead/config";
import type { Fetch } from "@fairlead/core";
import type { HttpEndpoint } from "@fairlead/mcp";
import type { HeadersHelper, HelpedHeaders } from "./headers-helper.js";
import { resolveHeaders } from "./http-headers.js";

/** What an endpoint works with. */
export interface EndpointOptions {
  /** Makes requests from where the server is to be reached. */
  readonly fetch: Fetch;
  /** The environment of this machine. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Undefined: the server has none. */
  readonly helper: HeadersHelper | undefined;
  /** Told what looks odd, each thing once. Holds no secret. */
  readonly warn: (text: string) => void;
}

/** Answers of a helper that requests on their way may still carry. */
const keptAnswers = 4;

/** Makes the endpoint of one server, with headers that are its alone. */
export function toHttpEndpoint(server: HttpServerConfig, options: EndpointOptions): HttpEndpoint {
  const { env, helper, warn } = options;
  const told = new Set<string>();
  const said: HelpedHeaders[] = [];
  const fetch =
    helper === undefined ? options.fetch : repeatingRefused(server, options.fetch, { helper, said });
  return {
    url: server.url,
    fetch,
    proxy: server.proxy,
    headers: async () => {
      const helped = await helper?.read();
      if (helped !== undefined && !said.includes(helped)) said.push(helped);
      if (said.length > keptAnswers) said.shift();
      const { headers, warnings } = resolveHeaders(server, { env, helped });
      for (const text of warnings) {
        if (!told.has(text)) warn(text);
        told.add(text);
      }
      return headers;
    },
  };
}

interface Helped {
  readonly helper: HeadersHelper;
  /** What it said for the latest requests. */
  readonly said: readonly HelpedHeaders[];
}

/**
 * A request that was refused for its credentials (401: it has done nothing) makes the helper be asked anew, and goes out
 * once more where that says something else. One that carried others, of its call for example, is refused for those.
 */
function repeatingRefused(server: HttpServerConfig, fetch: Fetch, { helper, said }: Helped): Fetch {
  // The configured token wins over what the helper says about it.
  const isHelpers = (name: string): boolean =>
    server.bearerTokenVar === undefined || name.toLowerCase() !== "authorization";
  const ofHelper = (headers: HelpedHeaders): HelpedHeaders =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => isHelpers(name)));
  return async (url, init) => {
    const response = await fetch(url, init);
    if (response.status !== 401 || init?.body instanceof ReadableStream) return response;
    const sent = new Headers(init?.headers);
    const carried = said.map(ofHelper).find((known) => wasSent(known, sent));
    if (carried === undefined) return response;
    const renewed = await readRenewed(helper, (headers) => wasSent(ofHelper(headers), sent));
    if (renewed === undefined) return response;
    const replaced = new Headers(carried);
    for (const [name, value] of Object.entries(ofHelper(renewed))) {
      if (replaced.has(name) || !sent.has(name)) sent.set(name, value);
    }
    await response.body?.cancel();
    return fetch(url, { ...init, headers: sent });
  };
}

/** What the helper says now; undefined where that is what was sent, or it fails: the refusal then tells more. */
async function readRenewed(
  helper: HeadersHelper,
  isSent: (headers: HelpedHeaders) => boolean,
): Promise<HelpedHeaders | undefined> {
  try {
    const known = await helper.read();
    if (!isSent(known)) return known;
    helper.forget(known);
    const renewed = await helper.read();
    return isSent(renewed) ? undefined : renewed;
  } catch {
    return undefined;
  }
}

/** Whether a request carried what the helper said, all of it and something at all. */
function wasSent(helped: HelpedHeaders, sent: Headers): boolean {
  const entries = [...new Headers(helped)];
  return entries.length > 0 && entries.every(([name, value]) => sent.get(name) === value);
}
