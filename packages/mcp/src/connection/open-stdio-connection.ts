import {
  FairleadError,
  hastyStopTimes,
  isFairleadError,
  type Launcher,
  type LaunchSpec,
  maxTimerMs,
  settlesWithinMs,
  toFairleadError,
  untilAborted,
} from "@fairlead/core";
import { parseRange } from "../envelope/members.js";
import { type StartFailure, toStartFailure } from "./server-errors.js";
import { StdioChannel } from "./stdio-channel.js";
import type { ClosedInfo, ConnectionHandlers, InitializeResult, McpChannel, McpConnection } from "./types.js";

/** How a stdio server is launched and greeted. */
export interface StdioConnectionOptions extends StdioLaunchOptions {
  /** Who we say we are: the agent behind us where there is one. */
  readonly clientInfo: Readonly<Record<string, unknown>> & {
    readonly name: string;
    readonly version: string;
  };
  /** What the agent behind us can do. */
  readonly capabilities: Readonly<Record<string, unknown>>;
  /** The revision that is asked for. @default 2025-11-25, the last one with a handshake */
  readonly protocolVersion?: string | undefined;
}

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

const defaultStartupTimeoutMs = 60_000;
/** How long a launcher that was told to give up is waited for, so that what it started after all is stopped. */
const lateLaunchMs = 3_000;
const latestHandshakeVersion = "2025-11-25";
const handshakeVersions: ReadonlySet<string> = new Set([
  "2024-11-05",
  "2025-03-26",
  "2025-06-18",
  latestHandshakeVersion,
]);

/**
 * Launches a stdio server and shakes hands. Until it has succeeded the process tree is ours; a failed start stops it
 * before it throws.
 * @throws FairleadError as the launcher gives it, else `unavailable` with reason `server_exited` or
 * `handshake_failed`; details: `failure` (a `StartFailure`), `stderrTail`, `exitCode`, `exitSignal`. Or `canceled`.
 */
export async function openStdioConnection(options: StdioConnectionOptions): Promise<McpConnection> {
  const { channel, result } = await start(options, (channel, signal) => greet(channel, options, signal));
  return Object.assign(channel, { initializeResult: result });
}

/** Launches a stdio server without a greeting, for revisions that have none. Fails like {@link openStdioConnection}. */
export async function openStdioChannel(options: StdioLaunchOptions): Promise<McpChannel> {
  const { channel } = await start(options, () => Promise.resolve());
  return channel;
}

async function start<T>(
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
  const deadline = startDeadline(options);
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

/** One signal for both ways in which a start can be given up. */
function startDeadline(options: StdioLaunchOptions): { readonly signal: AbortSignal; clear(): void } {
  const { name, signal, startupTimeoutMs = defaultStartupTimeoutMs } = options;
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(startCanceled(name, signal));
  const onTimeout = (): void => {
    const message = `Server '${name}' was not ready within ${startupTimeoutMs} ms: raise startup_timeout_sec, or check whether its command speaks MCP on stdio`;
    controller.abort(startupError(message, "handshake_timeout"));
  };
  const isLimited = Number.isFinite(startupTimeoutMs);
  const timer = isLimited ? setTimeout(onTimeout, Math.min(startupTimeoutMs, maxTimerMs)) : undefined;
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  return {
    signal: controller.signal,
    clear: () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    },
  };
}

function startCanceled(name: string, signal: AbortSignal | undefined): FairleadError {
  const reason: unknown = signal?.reason;
  if (isFairleadError(reason)) return reason;
  return new FairleadError("canceled", `Starting server '${name}' was cancelled`, { cause: reason });
}

async function launch(
  channel: StdioChannel,
  options: StdioLaunchOptions,
  signal: AbortSignal,
): Promise<void> {
  const { launcher, spec, name } = options;
  const launching = launcher.launch(spec, { onOutput: channel.onOutput, signal });
  try {
    channel.attach(await untilAborted(launching, signal, `Launching server '${name}'`));
  } catch (error) {
    // A launcher that answers after we gave up has started a process that nobody else knows.
    if (signal.aborted) {
      const stopped = launching.then((process) => process.stop(hastyStopTimes));
      await settlesWithinMs(stopped, lateLaunchMs);
    }
    throw error;
  }
}

async function greet(
  channel: StdioChannel,
  options: StdioConnectionOptions,
  signal: AbortSignal,
): Promise<InitializeResult> {
  const { clientInfo, capabilities, protocolVersion = latestHandshakeVersion } = options;
  const params = Buffer.from(JSON.stringify({ protocolVersion, capabilities, clientInfo }));
  const answer = await channel.request({ method: "initialize", params, signal });
  if (answer.kind === "error") {
    const text = `Server '${options.name}' refused initialize: ${errorText(answer.error)}`;
    throw startupError(text, "protocol_error");
  }
  const result = readInitializeResult(answer.result, options.name);
  channel.notify("notifications/initialized");
  return result;
}

function readInitializeResult(raw: Buffer, name: string): InitializeResult {
  const value = parseRange(raw);
  const protocolVersion = isRecord(value) ? value["protocolVersion"] : undefined;
  if (!isRecord(value) || typeof protocolVersion !== "string") {
    throw startupError(`Server '${name}' answered initialize without a protocolVersion`, "protocol_error");
  }
  if (!handshakeVersions.has(protocolVersion)) {
    const known = [...handshakeVersions].join(", ");
    const text = `Server '${name}' speaks protocol revision ${JSON.stringify(protocolVersion)}, known are ${known}`;
    throw startupError(text, "protocol_error");
  }
  return { protocolVersion, value, raw };
}

function startupError(message: string, failure: StartFailure): FairleadError {
  return new FairleadError("unavailable", message, { reason: "handshake_failed", details: { failure } });
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

function errorText(raw: Buffer): string {
  const value = parseRange(raw);
  const message = isRecord(value) ? value["message"] : undefined;
  return typeof message === "string" ? message.slice(0, 512) : "no message";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
