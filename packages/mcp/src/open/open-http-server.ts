import { FairleadError, isFairleadError, toFairleadError } from "@fairlead/core";
import { type StartFailure, toStartFailure } from "../connection/server-errors.js";
import { startDeadline } from "../connection/start-deadline.js";
import type { McpConnection } from "../connection/types.js";
import type { Era } from "../eras/protocol-versions.js";
import type { HttpEndpoint } from "../http/http-endpoint.js";
import { openModernHttpChannel } from "../http/modern-http-channel.js";
import { openHttpConnection } from "../http/open-http-connection.js";
import { openModernConnection } from "../modern/open-modern-connection.js";
import type { OpenConnectionOptions } from "./open-connection.js";

/** What opens a server behind a URL. */
export type OpenHttpOptions = Omit<OpenConnectionOptions, "server"> & { readonly endpoint: HttpEndpoint };

/** A server that has not answered the modern question by then is asked the legacy one, in milliseconds. */
const silenceMs = 10_000;

/** How a server that was opened in one era may turn out to be of the other one. */
type Opening = (signal: AbortSignal) => Promise<McpConnection>;

/**
 * Opens a Streamable HTTP server in the era that it speaks: the modern question first, as the specification has it, and
 * the handshake where the answer is none that a modern server gives. Refusals for other reasons (401, 403, passing
 * troubles, no way to it) say nothing about the era and fail the start.
 * @throws FairleadError whose `details.failure` is a `StartFailure`; or `canceled`
 */
export async function openHttpServer(options: OpenHttpOptions): Promise<McpConnection> {
  const { protocol = "auto", rememberedEra, startupTimeoutMs = Number.POSITIVE_INFINITY } = options;
  // Half of a short limit is left for the handshake.
  const patienceMs = Math.min(silenceMs, startupTimeoutMs / 2);
  const deadline = startDeadline({ ...options, hint: "its url is that of an MCP endpoint" });
  const legacy: Opening = (signal) => openHttpConnection({ ...options, signal });
  const modern: Opening = (signal) =>
    openModernConnection((handlers) => openModernHttpChannel({ ...options, handlers }), {
      ...options,
      transport: "http",
      signal,
    });
  try {
    if (protocol === "legacy") return await legacy(deadline.signal);
    if (protocol === "modern") return await modern(deadline.signal);
    const openings: Openings = { legacy, modern, signal: deadline.signal, patienceMs };
    const { connection, era } = await (rememberedEra === "legacy" ? openRemembered : openNewest)(openings);
    if (era !== rememberedEra) options.onEra?.(era);
    return connection;
  } catch (thrown) {
    throw startError(toFairleadError(thrown), options.name);
  } finally {
    deadline.clear();
  }
}

interface Openings {
  readonly legacy: Opening;
  readonly modern: Opening;
  readonly signal: AbortSignal;
  /** How long the server may be silent to the modern question. */
  readonly patienceMs: number;
}

interface Opened {
  readonly connection: McpConnection;
  readonly era: Era;
}

async function openNewest({ legacy, modern, signal, patienceMs }: Openings): Promise<Opened> {
  const patience = new AbortController();
  const silent = new FairleadError("deadline_exceeded", "The server was silent");
  const timer = setTimeout(() => patience.abort(silent), patienceMs);
  try {
    return { connection: await modern(AbortSignal.any([signal, patience.signal])), era: "modern" };
  } catch (error) {
    if (error !== silent && !isLegacyAnswer(error)) throw error;
    return { connection: await legacy(signal), era: "legacy" };
  } finally {
    clearTimeout(timer);
  }
}

/** A server that refuses the handshake it once gave may have been replaced by a newer version of itself. */
async function openRemembered({ legacy, modern, signal }: Openings): Promise<Opened> {
  try {
    return { connection: await legacy(signal), era: "legacy" };
  } catch (error) {
    if (signal.aborted || !isRefusal(error)) throw error;
    try {
      return { connection: await modern(signal), era: "modern" };
    } catch (modernError) {
      throw isLegacyAnswer(modernError) ? error : modernError;
    }
  }
}

/** Tells whether what came for the modern question is what a server gives that does not know it. */
function isLegacyAnswer(error: unknown): boolean {
  if (!isFairleadError(error)) return false;
  const { reason, details } = error;
  // An answer that lists no revision of ours, or none at all; a list of unknown modern ones has no such mark.
  if (reason === "version_mismatch") return details["era"] === "legacy";
  if (reason === "response_invalid" || reason === "frame_invalid") return true;
  const { status } = details;
  return reason === "http_status" && typeof status === "number" && isFinalRefusal(status);
}

/** Credentials, permissions and passing troubles are what a server of either era may be about. */
const eralessStatuses: ReadonlySet<number> = new Set([401, 403, 407, 408, 429]);

function isFinalRefusal(status: number): boolean {
  return status >= 400 && status < 500 && !eralessStatuses.has(status);
}

/** Tells whether a server said no to the handshake, as opposed to not being there. */
function isRefusal(error: unknown): boolean {
  if (!isFairleadError(error)) return false;
  if (error.reason === "http_status") return isFinalRefusal(Number(error.details["status"]));
  return ["handshake_failed", "response_invalid", "frame_invalid"].includes(error.reason ?? "");
}

function startError(error: FairleadError, name: string): FairleadError {
  if (error.code === "canceled") return error;
  const { code, message, reason, effect, cause } = error;
  return new FairleadError(code, message, {
    effect,
    cause: cause ?? error,
    ...(reason === undefined ? {} : { reason }),
    details: { failure: startFailure(error), ...error.details, server: name, stderrTail: "" },
  });
}

function startFailure(error: FairleadError): StartFailure {
  const failure = toStartFailure(error);
  // Nothing is spawned here: what has no better name kept us from reaching it.
  if (failure !== "spawn_failed") return failure;
  return error.code === "deadline_exceeded" ? "handshake_timeout" : "unreachable";
}
