import { FairleadError, type Fetch, isFairleadError, toFairleadError } from "@fairlead/core";
import { toHttpStartError } from "../connection/http-start-error.js";
import { type StartFailure, toStartFailure } from "../connection/server-errors.js";
import { type StartDeadline, startDeadline } from "../connection/start-deadline.js";
import type { McpConnection } from "../connection/types.js";
import type { Era } from "../eras/protocol-versions.js";
import type { HttpEndpoint } from "../http/http-endpoint.js";
import { openModernHttpChannel } from "../http/modern-http-channel.js";
import { openHttpConnection } from "../http/open-http-connection.js";
import { isPassingStatus } from "../http/retry-rules.js";
import { openModernConnection } from "../modern/open-modern-connection.js";
import type { OpenConnectionOptions } from "./open-connection.js";

/** What opens a server behind a URL. */
export type OpenHttpOptions = Omit<OpenConnectionOptions, "server"> & { readonly endpoint: HttpEndpoint };

/** A server that has not answered the modern question by then is asked the legacy one, in milliseconds. */
const silenceMs = 10_000;
/** The limit of the question itself lies this far behind that of the start, which names the setting to raise. */
const graceMs = 100;
/** What the modern question is given up with. */
const silent = new FairleadError("deadline_exceeded", "The server was silent");

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
  const openings: Openings = {
    legacy: () => openHttpConnection({ ...options, signal: deadline.signal }),
    modern: (maxSilenceMs) => openModern(options, deadline, maxSilenceMs),
    signal: deadline.signal,
    patienceMs,
  };
  try {
    if (protocol === "legacy") return await openings.legacy();
    if (protocol === "modern") return await openings.modern(Number.POSITIVE_INFINITY);
    const opened = await (rememberedEra === "legacy" ? openRemembered : openNewest)(openings);
    const { connection, era, isGuess = false } = opened;
    if (era !== rememberedEra && !isGuess) options.onEra?.(era);
    return connection;
  } catch (thrown) {
    throw toHttpStartError(toFairleadError(thrown), options.name, startFailure);
  } finally {
    deadline.clear();
  }
}

interface Openings {
  readonly legacy: () => Promise<McpConnection>;
  /** Rejects with `silent` where the server leaves a request unanswered for too long. */
  readonly modern: (maxSilenceMs: number) => Promise<McpConnection>;
  readonly signal: AbortSignal;
  readonly patienceMs: number;
}

interface Opened {
  readonly connection: McpConnection;
  readonly era: Era;
  /** Whether the server was not heard about it: it may be slow, and is asked again the next time. */
  readonly isGuess?: boolean;
}

async function openNewest(openings: Openings): Promise<Opened> {
  const { legacy, modern, patienceMs } = openings;
  try {
    return { connection: await modern(patienceMs), era: "modern" };
  } catch (error) {
    if (error === silent) return openRemembered({ ...openings, patienceMs: patienceMs / 2 });
    if (!isLegacyAnswer(error)) throw error;
    return { connection: await legacy(), era: "legacy" };
  }
}

/**
 * A server that refuses the handshake it once gave may have been replaced by a newer version of itself; one that was silent
 * to the modern question may have been starting.
 */
async function openRemembered({ legacy, modern, signal, patienceMs }: Openings): Promise<Opened> {
  try {
    return { connection: await legacy(), era: "legacy", isGuess: true };
  } catch (error) {
    if (signal.aborted || !isRefusal(error)) throw error;
    try {
      return { connection: await modern(patienceMs), era: "modern" };
    } catch (modernError) {
      throw modernError === silent || isLegacyAnswer(modernError) ? error : modernError;
    }
  }
}

async function openModern(
  options: OpenHttpOptions,
  deadline: StartDeadline,
  maxSilenceMs: number,
): Promise<McpConnection> {
  const { endpoint } = options;
  const patience = watchSilence(endpoint.fetch, maxSilenceMs);
  const heard = { ...options, endpoint: { ...endpoint, fetch: patience.fetch } };
  try {
    return await openModernConnection((handlers) => openModernHttpChannel({ ...heard, handlers }), {
      ...options,
      transport: "http",
      signal: AbortSignal.any([deadline.signal, patience.signal]),
      discoverTimeoutMs: deadline.atMs - performance.now() + graceMs,
    });
  } finally {
    patience.end();
  }
}

/** Aborts with `silent` once a request is unanswered for so long. A server that asks for a pause has answered. */
function watchSilence(fetch: Fetch, maxMs: number) {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let isOver = !Number.isFinite(maxMs);
  const listened: Fetch = async (url, init) => {
    clearTimeout(timer);
    if (!isOver) timer = setTimeout(() => controller.abort(silent), maxMs);
    const response = await fetch(url, init);
    if (isPassingStatus(response.status)) clearTimeout(timer);
    return response;
  };
  const end = (): void => {
    isOver = true;
    clearTimeout(timer);
  };
  return { fetch: listened, signal: controller.signal, end };
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

function startFailure(error: FairleadError): StartFailure {
  const failure = toStartFailure(error);
  // Nothing is spawned here: what has no better name kept us from reaching it.
  if (failure !== "spawn_failed") return failure;
  return error.code === "deadline_exceeded" ? "handshake_timeout" : "unreachable";
}
