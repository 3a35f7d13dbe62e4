import { FairleadError, isFairleadError, type Launcher, type LaunchSpec } from "@fairlead/core";
import { greetLegacy, startStdioServer } from "../connection/open-stdio-connection.js";
import type { InitializeResult, McpChannel, McpConnection } from "../connection/types.js";
import type { ServerFacts } from "../eras/discovered.js";
import type { Era } from "../eras/protocol-versions.js";
import { sleepMs } from "../http/sleep-ms.js";
import { discoverServer } from "../modern/discover-server.js";
import { createHandlerRelay } from "../modern/handler-relay.js";
import { notModernError, versionMismatchError } from "../modern/modern-errors.js";
import { createEnvelope, createModernConnection } from "../modern/open-modern-connection.js";
import type { OpenConnectionOptions } from "./open-connection.js";

/** What opens a stdio server. */
export type OpenStdioOptions = Omit<OpenConnectionOptions, "server"> & {
  readonly launcher: Launcher;
  readonly spec: LaunchSpec;
};

/** How long a server may be silent to the modern question before the legacy one is put too, in milliseconds. */
const silenceMs = { unknown: 3_000, rememberedModern: 10_000 } as const;

type Greeted =
  | { readonly era: "legacy"; readonly result: InitializeResult }
  | { readonly era: "modern"; readonly facts: ServerFacts };

/**
 * Opens a stdio server in the era that it speaks. The question is put to the very child that is used then: whatever it
 * answers, the greeting that fits follows. Only a server that ends itself over the question is started once more.
 * @throws FairleadError as `openStdioConnection` gives it
 */
export async function openStdioServer(options: OpenStdioOptions): Promise<McpConnection> {
  const { protocol = "auto", rememberedEra, startupTimeoutMs } = options;
  const asked = protocol === "auto" && rememberedEra !== "legacy";
  const startedAtMs = performance.now();
  const fate: ProbeFate = { endedByProbe: false };
  try {
    return await launchAndGreet(options, fate);
  } catch (error) {
    if (!asked || !fate.endedByProbe || options.signal?.aborted === true) throw error;
    const leftMs =
      startupTimeoutMs === undefined ? undefined : startupTimeoutMs - (performance.now() - startedAtMs);
    const again = { ...options, protocol: "legacy", startupTimeoutMs: leftMs } as const;
    const connection = await launchAndGreet(again, { endedByProbe: false }).catch((second: unknown) => {
      // A refused handshake is what a modern server gives, and hides why it ended.
      throw isExit(second) || options.signal?.aborted === true ? second : error;
    });
    const text = "it ended when it was asked server/discover, and was started again for the handshake";
    options.handlers?.onWarning?.(`Server '${options.name}': ${text}`);
    // One that was modern may have ended for reasons of its own: it is asked again the next time.
    if (rememberedEra !== "modern") tellEra(options, "legacy");
    return connection;
  }
}

/** Set where a child was lost before it had answered the question for its era. */
interface ProbeFate {
  endedByProbe: boolean;
}

async function launchAndGreet(options: OpenStdioOptions, fate: ProbeFate): Promise<McpConnection> {
  const relay = createHandlerRelay(options.handlers ?? {});
  const modernOptions = { ...options, transport: "stdio" } as const;
  const { channel, result } = await startStdioServer(
    { ...options, handlers: relay.handlers },
    async (channel, signal) => {
      const greeted = await greet(channel, options, { signal, fate });
      if (greeted.era === "legacy") return greeted;
      const connection = createModernConnection(channel, greeted.facts, modernOptions);
      relay.passTo(connection.channelHandlers());
      return { era: "modern", connection } as const;
    },
  );
  if (result.era === "legacy") {
    return Object.assign(channel, { era: result.era, initializeResult: result.result });
  }
  result.connection.start();
  return result.connection;
}

interface GreetContext {
  readonly signal: AbortSignal;
  readonly fate: ProbeFate;
}

function greet(channel: McpChannel, options: OpenStdioOptions, context: GreetContext): Promise<Greeted> {
  const { protocol = "auto", rememberedEra } = options;
  if (protocol === "legacy") return greetAsLegacy(channel, options, context.signal);
  if (protocol === "modern") return greetAsModern(channel, options, context.signal);
  if (rememberedEra === "legacy") return greetRemembered(channel, options, context.signal);
  return probe(channel, options, context);
}

async function greetAsLegacy(
  channel: McpChannel,
  options: OpenStdioOptions,
  signal: AbortSignal,
): Promise<Greeted> {
  return { era: "legacy", result: await greetLegacy(channel, options, signal) };
}

async function greetAsModern(
  channel: McpChannel,
  options: OpenStdioOptions,
  signal: AbortSignal,
): Promise<Greeted> {
  const found = await discover(channel, options, signal);
  if (found.kind === "legacy") throw notModernError(options.name, found.why);
  return accept(options, found);
}

/** A server that refuses the handshake it once gave may have been replaced by a newer version of itself. */
async function greetRemembered(
  channel: McpChannel,
  options: OpenStdioOptions,
  signal: AbortSignal,
): Promise<Greeted> {
  try {
    return await greetAsLegacy(channel, options, signal);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const found = await discover(channel, options, signal);
    if (found.kind === "legacy") throw error;
    const greeted = accept(options, found);
    tellEra(options, "modern");
    return greeted;
  }
}

async function probe(
  channel: McpChannel,
  options: OpenStdioOptions,
  context: GreetContext,
): Promise<Greeted> {
  const { signal, fate } = context;
  const giveUp = new AbortController();
  const asking = discover(channel, options, AbortSignal.any([signal, giveUp.signal]));
  let isAnswered = false;
  const answered = (): void => {
    isAnswered = true;
  };
  asking.then(answered, () => {});
  try {
    const found = await withinSilence(asking, patienceMs(options), signal);
    if (found === undefined) return await greetSilent(channel, options, { signal, asking });
    const greeted =
      found.kind === "legacy" ? await greetAsLegacy(channel, options, signal) : accept(options, found);
    tellEra(options, greeted.era);
    return greeted;
  } catch (error) {
    fate.endedByProbe = !signal.aborted && !isAnswered && isExit(error);
    throw error;
  } finally {
    giveUp.abort(new FairleadError("canceled", "The question for the era is given up"));
  }
}

type Asking = ReturnType<typeof discover>;

/**
 * Neither an answer nor an end: an old server that ignores what it does not know, or one that is still being downloaded.
 * Both take the handshake now. It settles the era for a server that speaks both, so it is asked for modern the next time.
 */
async function greetSilent(
  channel: McpChannel,
  options: OpenStdioOptions,
  { signal, asking }: { readonly signal: AbortSignal; readonly asking: Asking },
): Promise<Greeted> {
  let late: Era | undefined;
  asking.then(
    (found) => {
      if (found.kind === "modern") late = "modern";
    },
    () => {},
  );
  try {
    const greeted = await greetAsLegacy(channel, options, signal);
    tellEra(options, late ?? "legacy");
    return greeted;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const found = await withinSilence(asking, patienceMs(options) / 3, signal);
    signal.throwIfAborted();
    if (found === undefined || found.kind === "legacy") throw error;
    const greeted = accept(options, found);
    tellEra(options, greeted.era);
    return greeted;
  }
}

async function discover(channel: McpChannel, options: OpenStdioOptions, signal: AbortSignal) {
  try {
    return await discoverServer(channel, createEnvelope({ ...options, transport: "stdio" }), { signal });
  } catch (error) {
    // Servers that do not know a method have answered with all kinds of things that are no JSON-RPC.
    const isBroken = isFairleadError(error) && error.reason === "frame_invalid";
    if (isBroken) return { kind: "legacy", why: error.message } as const;
    throw error;
  }
}

/** @throws FairleadError `version_mismatch` where no revision is shared */
function accept(
  { name }: OpenStdioOptions,
  found: Exclude<Awaited<Asking>, { readonly kind: "legacy" }>,
): Greeted {
  if (found.kind === "mismatch") throw versionMismatchError(name, found.supported);
  return { era: "modern", facts: found.facts };
}

function tellEra({ rememberedEra, onEra }: OpenStdioOptions, era: Era): void {
  if (era !== rememberedEra) onEra?.(era);
}

function patienceMs({
  rememberedEra,
  startupTimeoutMs = Number.POSITIVE_INFINITY,
}: OpenStdioOptions): number {
  const limitMs = rememberedEra === "modern" ? silenceMs.rememberedModern : silenceMs.unknown;
  // Half of a short limit is left for the handshake.
  return Math.min(limitMs, startupTimeoutMs / 2);
}

/** Waits for the answer, or gives undefined when the server was silent for too long. */
async function withinSilence(
  asking: Asking,
  maxMs: number,
  signal: AbortSignal,
): Promise<Awaited<Asking> | undefined> {
  const timer = new AbortController();
  const silence = sleepMs(maxMs, AbortSignal.any([timer.signal, signal]));
  try {
    return await Promise.race([asking, silence.then(() => undefined)]);
  } finally {
    timer.abort();
  }
}

function isExit(error: unknown): boolean {
  return isFairleadError(error) && error.reason === "server_exited";
}

/** Tells whether a server answered the handshake with an error, as opposed to not at all. */
function isRefusal(error: unknown): boolean {
  return isFairleadError(error) && error.details["rpcCode"] !== undefined;
}
