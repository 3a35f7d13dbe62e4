import { setTimeout as pause } from "node:timers/promises";
import { FairleadError, isFairleadError, type StopReport } from "@fairlead/core";
import {
  type CloseRequest,
  type CloseResponse__Output,
  fromStopReportMessage,
  type SessionRef,
} from "@fairlead/wire";
import { callUnary } from "../channel/call-unary.js";
import { createChannel } from "../channel/channel.js";
import type { ExecutorTarget } from "../channel/target.js";
import type { Connection } from "./connection.js";
import { retryDelaysMs } from "./retry-delays.js";

/** How long an executor that cannot be reached is tried for: it ends the session by itself after the detach TTL. */
const closePatienceMs = 3_000;

/** What it takes to close a session. */
export interface CloseOptions {
  /** The connection to use first, if there is one. */
  readonly connection: Connection | undefined;
  readonly target: ExecutorTarget;
  readonly ref: SessionRef;
  /** Names the executor in messages. */
  readonly what: string;
  readonly request: CloseRequest;
}

/**
 * Closes a session, also one whose connection broke, or breaks meanwhile: the executor answers a repeated close with the
 * same report. A session that it does not know any more has nothing left to end.
 * @throws FairleadError `unavailable`, reason `executor_unreachable`
 */
export async function closeSession(options: CloseOptions): Promise<StopReport> {
  try {
    return await closeWithRetries(options);
  } catch (error) {
    if (isFairleadError(error) && error.reason === "session_unknown") return fromStopReportMessage(undefined);
    throw error;
  }
}

async function closeWithRetries(options: CloseOptions): Promise<StopReport> {
  const { connection, request } = options;
  let failure: unknown;
  if (connection !== undefined) {
    try {
      const { report } = await connection.unary<CloseResponse__Output>(undefined, (done) =>
        connection.control.session.closeSession(request, connection.metadata(), done),
      );
      return fromStopReportMessage(report);
    } catch (error) {
      if (!isBroken(error)) throw error;
      failure = error;
    }
  }
  // From here on: a ladder may have been climbed for seconds before the connection broke.
  const endsAtMs = performance.now() + closePatienceMs;
  for (const delayMs of retryDelaysMs()) {
    await pause(delayMs);
    const leftMs = endsAtMs - performance.now();
    if (leftMs <= 0) break;
    try {
      return await closeOnce(options, leftMs);
    } catch (error) {
      if (!isBroken(error)) throw error;
      failure = error;
    }
  }
  throw failure;
}

async function closeOnce(
  { target, ref, what, request }: CloseOptions,
  connectMs: number,
): Promise<StopReport> {
  const channel = createChannel(target);
  try {
    // The call itself has no time limit: it answers when the last ladder was climbed.
    if (!(await channel.isReadyWithin(connectMs))) throw unreachable(what);
    const { report } = await callUnary<CloseResponse__Output>(what, undefined, (done) =>
      channel.session.closeSession(request, channel.metadata(ref), done),
    );
    return fromStopReportMessage(report);
  } finally {
    channel.close();
  }
}

function unreachable(what: string): FairleadError {
  return new FairleadError("unavailable", `${what} cannot be reached`, { reason: "executor_unreachable" });
}

function isBroken(error: unknown): boolean {
  return isFairleadError(error) && error.reason === "executor_unreachable";
}
