import type { ConnectionPool } from "./connection-pool.js";
import { type Answer, type ExchangeOptions, exchange } from "./exchange.js";
import { isBrokenOff, usageError, withUnknownEffect } from "./http-errors.js";
import type { OutgoingRequest } from "./outgoing-request.js";

/**
 * Sends one request over a connection of the pool. Where a kept connection turns out to be closed before anything came back,
 * a request that may be repeated (GET, HEAD, OPTIONS, PUT, DELETE with a body that can be sent again) goes once more over a fresh
 * one. A POST fails with `connection_reset` and effect `unknown`: the server may have read it.
 */
export async function sendRequest(
  request: OutgoingRequest,
  pool: ConnectionPool,
  options: ExchangeOptions,
): Promise<Answer> {
  if (request.body.kind === "stream" && request.body.stream.locked) {
    throw usageError("argument_invalid", "The request body is a stream that is read already");
  }
  const route = { url: request.url, proxy: options.proxy };
  const connection = pool.take(route);
  try {
    return await exchange(connection, request, options);
  } catch (error) {
    const stale = connection.reused && isBrokenOff(error);
    if (!stale || !isRepeatable(request)) throw error;
    return exchange(pool.take(route, { fresh: true }), request, options).catch((second: unknown) => {
      throw withUnknownEffect(second);
    });
  }
}

function isRepeatable({ method, body }: OutgoingRequest): boolean {
  return repeatableMethods.has(method) && body.kind !== "stream";
}

/** Those that HTTP calls idempotent (RFC 9110, 9.2.2), without TRACE. */
const repeatableMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);
