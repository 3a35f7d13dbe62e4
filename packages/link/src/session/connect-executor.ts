import { createChannel } from "../channel/channel.js";
import type { ConnectOptions, ExecutorSession } from "./executor-session.js";
import { openSession } from "./open-session.js";
import { type ExecutorOwner, Session } from "./session.js";

/**
 * Connects to an executor and opens a session. A connection that breaks later is made anew, and the session goes on where
 * it was, as long as the executor keeps it (its detach TTL).
 * @throws FairleadError `unavailable` (unreachable), `unauthenticated` (token), `protocol` (version), `usage` (address)
 */
export function connectExecutor(options: ConnectOptions): Promise<ExecutorSession> {
  return openExecutorSession(options);
}

/** As {@link connectExecutor}. @param owner of an executor that lives for this session alone */
export async function openExecutorSession(
  options: ConnectOptions,
  owner?: ExecutorOwner,
): Promise<ExecutorSession> {
  options.onState?.({ state: "connecting" });
  const channel = createChannel(options);
  try {
    return new Session(channel, await openSession(channel, options), { ...options, owner });
  } catch (error) {
    channel.close();
    throw error;
  }
}
