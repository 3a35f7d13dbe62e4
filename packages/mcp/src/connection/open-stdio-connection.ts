import {
  FairleadError,
  hastyStopTimes,
  type Launcher,
  type LaunchSpec,
  settlesWithinMs,
  toFairleadError,
  untilAborted,
} from "@fairlead/core";
import { type Greeting, shakeHands } from "./handshake.js";
import { toStartFailure } from "./server-errors.js";
import { startDeadline } from "./start-deadline.js";
import { StdioChannel } from "./stdio-channel.js";
import type { ClosedInfo, ConnectionHandlers, InitializeResult, McpChannel, McpConnection } from "./types.js";

/** How a stdio server is launched and greeted. */
export interface StdioConnectionOptions extends StdioLaunchOptions, Greeting {}

/** How a stdio server is launched. */
export interface StdioLaunchOptions {
  readonly launcher: Launcher;
  readonly spec: LaunchSpec;
  /** The server's name in the configuration, for messages. */
  readonly name: string;
  /** Milliseconds from the launch to the end of the handshake. @default 60 s: a cold package download may take 15 s */
  readonly startupTimeoutMs?: number | undefined;
  /** Longest message that is read, in bytes. @default 64 MiB */
  readonly maxMessageBytes?: number | undefined;
  readonly handlers?: ConnectionHandlers | undefined;
  /** Aborting while it starts gives up; afterwards it does nothing. */
  readonly signal?: AbortSignal | undefined;
}

/** How long a launcher that was told to give up is waited for, so that what it started after all is stopped. */
const lateLaunchMs = 3_000;

/**
 * Launches a stdio server and shakes hands. Until it has succeeded the process tree is ours; a failed start stops it
 * before it throws.
 * @throws FairleadError as the launcher gives it, else `unavailable` with reason `server_exited` or
 * `handshake_failed`; details: `failure` (a `StartFailure`), `stderrTail`, `exitCode`, `exitSignal`. Or `canceled`.
 */
export async function openStdioConnection(options: StdioConnectionOptions): Promise<McpConnection> {
  const { channel, result } = await startStdioServer(options, (channel, signal) =>
    greetLegacy(channel, options, signal),
  );
  return Object.assign(channel, { era: "legacy" as const, initializeResult: result });
}

/** Shakes hands over a channel. */
export async function greetLegacy(
  channel: Pick<McpChannel, "request" | "notify">,
  greeting: Greeting,
  signal: AbortSignal,
): Promise<InitializeResult> {
  const result = await shakeHands(greeting, (call) => channel.request({ ...call, signal }));
  channel.notify("notifications/initialized");
  return result;
}

/** Launches a stdio server without a greeting, for revisions that have none. Fails like {@link openStdioConnection}. */
export async function openStdioChannel(options: StdioLaunchOptions): Promise<McpChannel> {
  const { channel } = await startStdioServer(options, () => Promise.resolve());
  return channel;
}

/**
 * Launches a stdio server and lets the caller greet it, all within the one start-up limit. Until that has succeeded the
 * process tree is ours. Fails like {@link openStdioConnection}.
 */
export async function startStdioServer<T>(
  options: StdioLaunchOptions,
  greetServer: (channel: StdioChannel, signal: AbortSignal) => Promise<T>,
): Promise<{ channel: StdioChannel; result: T }> {
  let isOpen = false;
  let lost: ClosedInfo | undefined;
  const onClosed = (info: ClosedInfo): void => {
    // A start that fails is told by its error alone.
    if (isOpen) options.handlers?.onClosed?.(info);
    else lost = info;
  };
  const channel = new StdioChannel({ ...options, handlers: { ...options.handlers, onClosed } });
  const deadline = startDeadline({ ...options, hint: "its command speaks MCP on stdio" });
  try {
    await launch(channel, options, deadline.signal);
    const result = await greetServer(channel, deadline.signal);
    if (lost !== undefined) throw lost.error;
    isOpen = true;
    return { channel, result };
  } catch (thrown) {
    // The reason is made before the stop, which would look like an exit; the last words are read after it.
    const error = toFairleadError(thrown);
    await channel.close(hastyStopTimes).catch((stopError: unknown) => {
      options.handlers?.onWarning?.(`Server '${options.name}': could not be stopped: ${String(stopError)}`);
    });
    throw startError(error, options.name, channel);
  } finally {
    deadline.clear();
  }
}

async function launch(
  channel: StdioChannel,
  options: StdioLaunchOptions,
  signal: AbortSignal,
): Promise<void> {
  const { launcher, spec, name } = options;
  const launching = launcher.launch(spec, { onOutput: channel.onOutput, signal });
  try {
    const process = await untilAborted(launching, signal, `Launching server '${name}'`);
    channel.attach(process);
    for (const text of process.warnings ?? []) options.handlers?.onWarning?.(`Server '${name}': ${text}`);
  } catch (error) {
    // A launcher that answers after we gave up has started a process that nobody else knows.
    if (signal.aborted) {
      const stopped = launching.then((process) => process.stop(hastyStopTimes));
      await settlesWithinMs(stopped, lateLaunchMs);
    }
    throw error;
  }
}

function startError(error: FairleadError, name: string, channel: StdioChannel): FairleadError {
  if (error.code === "canceled") return error;
  const { code, reason, effect, cause } = error;
  const named = error.message.includes(`'${name}'`)
    ? error.message
    : `Server '${name}' could not be started: ${error.message}`;
  const junk =
    channel.junkLines === 0 ? "" : ` (lines on its stdout that were no messages: ${channel.junkLines})`;
  return new FairleadError(code, named + junk, {
    effect,
    cause: cause ?? error,
    ...(reason === undefined ? {} : { reason }),
    details: {
      failure: toStartFailure(error),
      ...error.details,
      server: name,
      stderrTail: channel.stderrTail(),
    },
  });
}
