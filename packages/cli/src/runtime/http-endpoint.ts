import type { HttpServerConfig } from "@fairlead/config";
import type { Fetch } from "@fairlead/core";
import type { EndpointHeaders, HttpEndpoint } from "@fairlead/mcp";
import type { RequestTokens } from "../auth/request-tokens.js";
import { createSigningFetch } from "../auth/signing-fetch.js";
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
  /** Signs requests that nothing else signs. @default the configuration does, or nobody */
  readonly tokens?: RequestTokens | undefined;
  /** Told what looks odd, each thing once. Holds no secret. */
  readonly warn: (text: string) => void;
}

/** Answers of a helper that requests on their way may still carry. */
const keptAnswers = 4;

/** Makes the endpoint of one server, with headers that are its alone. */
export function toHttpEndpoint(server: HttpServerConfig, options: EndpointOptions): HttpEndpoint {
  const { env, helper, tokens, warn } = options;
  const told = new Set<string>();
  const said: HelpedHeaders[] = [];
  const helped =
    helper === undefined ? options.fetch : repeatingRefused(server, options.fetch, { helper, said });
  const signing =
    tokens === undefined ? undefined : createSigningFetch({ server: server.name, fetch: helped, tokens });
  return {
    url: server.url,
    fetch: signing?.fetch ?? helped,
    proxy: server.proxy,
    headers: async () => {
      const words = await helper?.read();
      if (words !== undefined && !said.includes(words)) said.push(words);
      if (said.length > keptAnswers) said.shift();
      const { headers, warnings } = resolveHeaders(server, { env, helped: words });
      for (const text of warnings) {
        if (!told.has(text)) warn(text);
        told.add(text);
      }
      const signature = isSigned(headers) ? undefined : await signing?.sign();
      if (signature === undefined) return headers;
      return { ...headers, values: { ...headers.values, Authorization: signature } };
    },
  };
}

function isSigned({ values, fromEnv = [] }: EndpointHeaders): boolean {
  const names = [...Object.keys(values), ...fromEnv.map(({ header }) => header)];
  return names.some((name) => name.toLowerCase() === "authorization");
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
