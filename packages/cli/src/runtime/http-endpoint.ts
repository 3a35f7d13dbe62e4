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

/** Makes the endpoint of one server, with headers that are its alone. */
export function toHttpEndpoint(server: HttpServerConfig, options: EndpointOptions): HttpEndpoint {
  const { env, helper, warn } = options;
  const told = new Set<string>();
  const fetch = helper === undefined ? options.fetch : repeatingRefused(server, options.fetch, helper);
  return {
    url: server.url,
    fetch,
    proxy: server.proxy,
    headers: async () => {
      const { headers, warnings } = resolveHeaders(server, { env, helped: await helper?.read() });
      for (const text of warnings) {
        if (!told.has(text)) warn(text);
        told.add(text);
      }
      return headers;
    },
  };
}

/**
 * A request that was refused for its credentials (401: it has done nothing) makes the helper be asked anew, and goes out
 * once more where that says something else.
 */
function repeatingRefused(server: HttpServerConfig, fetch: Fetch, helper: HeadersHelper): Fetch {
  return async (url, init) => {
    const response = await fetch(url, init);
    if (response.status !== 401) return response;
    const sent = new Headers(init?.headers);
    const renewed = await readRenewed(helper, sent);
    if (renewed === undefined || init?.body instanceof ReadableStream) return response;
    for (const [name, value] of Object.entries(renewed)) {
      const isToken = server.bearerTokenVar !== undefined && name.toLowerCase() === "authorization";
      if (!isToken) sent.set(name, value);
    }
    await response.body?.cancel();
    return fetch(url, { ...init, headers: sent });
  };
}

/** What the helper says now; undefined where that is what was sent, or it fails: the refusal then tells more. */
async function readRenewed(helper: HeadersHelper, sent: Headers): Promise<HelpedHeaders | undefined> {
  try {
    const known = await helper.read();
    if (!wasSent(known, sent)) return known;
    helper.forget(known);
    const renewed = await helper.read();
    return wasSent(renewed, sent) ? undefined : renewed;
  } catch {
    return undefined;
  }
}

function wasSent(helped: HelpedHeaders, sent: Headers): boolean {
  return Object.entries(helped).every(([name, value]) => sent.get(name) === value);
}
