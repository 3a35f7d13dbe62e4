import type { Fetch, HeaderFromEnv } from "@fairlead/core";

/** Where a Streamable HTTP server is, and how it is reached. */
export interface HttpEndpoint {
  /** Its one absolute URL, http or https. */
  readonly url: string;
  /** Makes the requests from the machine that may reach it. */
  readonly fetch: Fetch;
  /**
   * The headers of the configuration, asked for before every request, so that a changed credential is seen. They go to the
   * origin of {@link url} only. @default none
   * @throws FairleadError where a required one is missing; the request then fails with it
   */
  readonly headers?: (() => Promise<EndpointHeaders> | EndpointHeaders) | undefined;
  /** @default "environment" */
  readonly proxy?: "environment" | "none" | undefined;
}

/** Headers of one request. Values may be secrets: they are never logged. */
export interface EndpointHeaders {
  readonly values: Readonly<Record<string, string>>;
  /** Those whose values only the machine knows where the request leaves. */
  readonly fromEnv?: readonly HeaderFromEnv[] | undefined;
}
