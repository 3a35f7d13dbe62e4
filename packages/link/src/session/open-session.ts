import { FairleadError } from "@fairlead/core";
import { type OpenRequest, type OpenResponse__Output, protocolVersions } from "@fairlead/wire";
import { callUnary } from "../channel/call-unary.js";
import type { Channel } from "../channel/channel.js";
import type { ConnectOptions } from "./executor-session.js";

/** grpc-js has no connect time-out of its own. */
const defaultConnectTimeoutMs = 3_000;

/** What a client shows to get its session back. */
export interface ResumeClaim {
  readonly token: { readonly sessionId: string; readonly secret: Buffer };
  /** Names who counts. */
  readonly client: string;
  /** Counts up with every try, so that one that was overtaken on the way changes nothing. */
  readonly attempt: number;
}

/**
 * Opens a session, or resumes one.
 * @throws FairleadError `unavailable` (unreachable, or no such session any more), `unauthenticated`, `protocol`
 */
export async function openSession(
  channel: Channel,
  options: ConnectOptions,
  resume?: ResumeClaim,
): Promise<OpenResponse__Output> {
  const timeoutMs = options.connectTimeoutMs ?? defaultConnectTimeoutMs;
  const request: OpenRequest = {
    protocolVersionMin: protocolVersions.min,
    protocolVersionMax: protocolVersions.max,
    features: ["files", "http", "probe", "pty", "shell_profile"],
    clientName: options.clientName,
    clientVersion: options.clientVersion,
    ...(options.detachTtlMs === undefined ? {} : { wishedDetachTtlMs: options.detachTtlMs }),
    ...(resume === undefined
      ? {}
      : { resume: resume.token, resumeClient: resume.client, resumeAttempt: resume.attempt }),
  };
  const name = options.name ?? options.url;
  try {
    return await callUnary<OpenResponse__Output>(`Executor ${name}`, options.signal, (done) =>
      channel.session.openSession(request, channel.metadata(), { deadline: Date.now() + timeoutMs }, done),
    );
  } catch (error) {
    throw explainOpenFailure(error, options, timeoutMs);
  }
}

function explainOpenFailure(error: unknown, options: ConnectOptions, timeoutMs: number): unknown {
  if (!(error instanceof FairleadError)) return error;
  const name = options.name ?? options.url;
  const details = { executor: name, url: options.url };
  if (error.reason === "executor_unreachable" || error.code === "deadline_exceeded") {
    const how =
      error.code === "deadline_exceeded" ? `no answer within ${timeoutMs} ms` : innermost(error.message);
    return new FairleadError(
      "unavailable",
      `Executor ${name} at ${options.url} cannot be reached: ${how}. Is fairlead-executor running there?`,
      { cause: error, reason: "executor_unreachable", effect: "none", details },
    );
  }
  return new FairleadError(error.code, `Executor ${name}: ${error.message}`, {
    cause: error,
    reason: error.reason ?? "executor_unreachable",
    effect: error.effect,
    details: { ...details, ...error.details },
  });
}

/** The transport wraps the system's message in its own; people need the system's. */
function innermost(message: string): string {
  return /Last error: (?:Error: )?(.*?)(?:\. Resolution note:.*)?$/.exec(message)?.[1] ?? message;
}
