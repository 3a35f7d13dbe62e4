import type { Fetch } from "@fairlead/core";
import {
  type DuplexHandler,
  type HttpRequestFrame__Output,
  type HttpResponseFrame,
  readSessionRef,
} from "@fairlead/wire";
import { serveRequest } from "../http/serve-request.js";
import type { SessionRegistry } from "../session/session-registry.js";

/** The handlers of `HttpService`. */
export interface HttpServiceHandlers {
  readonly Request: DuplexHandler<HttpRequestFrame__Output, HttpResponseFrame>;
}

/** Makes HTTP requests for the caller's session. @param fetch makes them from this machine */
export function createHttpService(registry: SessionRegistry, fetch: Fetch): HttpServiceHandlers {
  return {
    Request: async (call, context) => {
      const session = registry.find(readSessionRef(context.metadata), context.principal);
      await serveRequest(call, {
        fetch,
        limits: registry.limits,
        requests: session.requests,
        signal: context.signal,
        onHeard: () => session.heard(),
      });
    },
  };
}
