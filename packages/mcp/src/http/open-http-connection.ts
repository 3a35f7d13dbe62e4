import { type FairleadError, toFairleadError } from "@fairlead/core";
import { toHttpStartError } from "../connection/http-start-error.js";
import { type StartFailure, toStartFailure } from "../connection/server-errors.js";
import { type StartDeadline, startDeadline } from "../connection/start-deadline.js";
import type { ClosedInfo, McpConnection } from "../connection/types.js";
import { LegacyHttpChannel } from "./legacy-http-channel.js";
import { httpStartHint, type LegacyHttpOptions } from "./legacy-sessions.js";
import { SseChannel } from "./sse-channel.js";

/** How a server of the legacy era is reached and greeted. */
export interface HttpConnectionOptions extends LegacyHttpOptions {
  /** Aborting while it starts gives up; afterwards it does nothing. */
  readonly signal?: AbortSignal | undefined;
}

/** Statuses by which a server may mean that it knows only HTTP+SSE of the first revision. */
const maybeSse: ReadonlySet<number | undefined> = new Set<number | undefined>([400, 404, 405]);

/**
 * Reaches a Streamable HTTP server and shakes hands; one that knows only HTTP+SSE is spoken to in that way. There is nothing
 * to stop behind it: `stderrTail` is empty, and so is the report of `close`, which ends the session at the server.
 * @throws FairleadError whose `details.failure` is a `StartFailure`; or `canceled`
 */
export async function openHttpConnection(options: HttpConnectionOptions): Promise<McpConnection> {
  const deadline = startDeadline({ ...options, hint: httpStartHint });
  try {
    return await open(options, deadline);
  } catch (thrown) {
    throw toHttpStartError(toFairleadError(thrown), options.name, startFailure);
  } finally {
    deadline.clear();
  }
}

async function open(options: HttpConnectionOptions, deadline: StartDeadline): Promise<McpConnection> {
  const streamable = quietStart(options);
  const channel = new LegacyHttpChannel(streamable.options);
  try {
    await start(channel, deadline);
    streamable.isOpen();
    return channel;
  } catch (thrown) {
    if (deadline.signal.aborted || !maybeSse.has(channel.refusal?.status)) throw thrown;
    const old = quietStart(options);
    const sse = new SseChannel(old.options);
    // What the first revision says to this url, or its silence, matters only if it is spoken there.
    const connection = await start(sse, deadline).catch((error: unknown) => {
      throw sse.isSpoken || options.signal?.aborted === true ? error : thrown;
    });
    old.isOpen();
    return connection;
  }
}

async function start<T extends LegacyHttpChannel | SseChannel>(
  channel: T,
  deadline: StartDeadline,
): Promise<T> {
  try {
    await channel.open(deadline);
    return channel;
  } catch (thrown) {
    await channel.close();
    throw thrown;
  }
}

/** A start that fails is told by its error alone. */
function quietStart(options: HttpConnectionOptions): { options: LegacyHttpOptions; isOpen(): void } {
  let isOpen = false;
  let lost: ClosedInfo | undefined;
  const onClosed = (info: ClosedInfo): void => {
    if (isOpen) options.handlers?.onClosed?.(info);
    else lost = info;
  };
  return {
    options: { ...options, handlers: { ...options.handlers, onClosed } },
    isOpen: () => {
      if (lost !== undefined) throw lost.error;
      isOpen = true;
    },
  };
}

function startFailure(error: FairleadError): StartFailure {
  // The limit is one on requests, and they are made by an executor.
  if (error.reason === "limit_reached") return "executor_unavailable";
  const failure = toStartFailure(error);
  // Nothing is spawned here: what has no better name kept us from reaching it.
  if (failure !== "spawn_failed") return failure;
  return error.code === "deadline_exceeded" ? "handshake_timeout" : "unreachable";
}
