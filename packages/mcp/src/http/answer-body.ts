import type { StartedCall } from "../connection/call-table.js";
import { tooLargeError } from "../connection/server-errors.js";
import { scanMessage } from "../envelope/scan-message.js";
import type { HttpCore } from "./http-core.js";
import { dropBody, mediaType, readBody } from "./response-body.js";
import { createSseScanner } from "./sse-events.js";

/** An event this many times longer than allowed is not waited for: it may never end. */
const endlessFactor = 4;

/** How far a body got. */
export interface BodyEnd {
  /** Messages, or parts of one, that came. */
  readonly hasReceived: boolean;
  /** The last event's id, where there was one. */
  readonly lastEventId: string | undefined;
  /** What the server asked for, where it did. */
  readonly retryMs: number | undefined;
  /** What broke it off; undefined if it ended properly. */
  readonly cause: unknown;
}

/** Hands the one message, or batch, of a JSON body to its call. Never throws. */
export async function readJsonAnswer(
  core: HttpCore,
  response: Response,
  call: { readonly started: StartedCall; readonly signal: AbortSignal },
): Promise<BodyEnd> {
  const { started, signal } = call;
  const { limitBytes } = core;
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  let cause: unknown;
  const onChunk = (chunk: Uint8Array): boolean => {
    pieces.push(chunk);
    sizeBytes += chunk.length;
    return sizeBytes <= limitBytes;
  };
  try {
    const told = Number(response.headers.get("content-length") ?? 0);
    if (told > limitBytes && response.headers.get("content-encoding") === null) {
      sizeBytes = told;
      dropBody(response);
    } else {
      await readBody(response, { gate: core.gate, signal, onChunk });
    }
  } catch (thrown) {
    cause = thrown;
  }
  if (sizeBytes > limitBytes) {
    core.calls.fail(started.id, ({ method }) => tooLargeError(core.name, method, { sizeBytes, limitBytes }));
  } else if (cause === undefined && sizeBytes > 0) {
    dispatchAnswer(core, Buffer.concat(pieces), started);
  }
  return { hasReceived: sizeBytes > 0, lastEventId: undefined, retryMs: undefined, cause };
}

function dispatchAnswer(core: HttpCore, body: Buffer, started: StartedCall): void {
  const message = scanMessage(body);
  // Who could not read a request answers without its id; here that can only be ours.
  if (message.kind === "error") core.calls.answer(message, started);
  else core.router.dispatch(body, started);
}

/** What an event stream is read for. */
export interface EventSink {
  readonly signal: AbortSignal;
  /** The call on whose own stream the messages come. */
  readonly started?: StartedCall | undefined;
  /** Takes events that are no messages. */
  onOther?(name: string, data: Buffer): void;
  /** Told each id. */
  onId?(id: string): void;
}

/** Hands the messages of an event stream to where they belong, until it ends. Never throws. */
export async function readEventStream(core: HttpCore, response: Response, sink: EventSink): Promise<BodyEnd> {
  const { started, signal } = sink;
  const { limitBytes } = core;
  let hasReceived = false;
  let lastEventId: string | undefined;
  let retryMs: number | undefined;
  let cause: unknown;
  const scanner = createSseScanner({
    maxDataBytes: limitBytes,
    onEvent: ({ name, data }) => {
      if (name !== "message") return sink.onOther?.(name, data);
      // An event without data only carries its id.
      if (data.length === 0) return;
      hasReceived = true;
      core.router.dispatch(data, started);
    },
    onOversize: (info) => {
      hasReceived = true;
      core.router.refuseOversize(info);
    },
    onId: (id) => {
      // An empty id takes back the one before.
      lastEventId = id === "" ? undefined : id;
      sink.onId?.(id);
    },
    onRetry: (ms) => {
      retryMs = ms;
    },
  });
  const onChunk = (chunk: Uint8Array): boolean => {
    scanner.push(chunk);
    return scanner.unendedBytes <= limitBytes * endlessFactor;
  };
  try {
    await readBody(response, { gate: core.gate, signal, onChunk });
  } catch (thrown) {
    cause = thrown;
  }
  const sizeBytes = scanner.unendedBytes;
  if (sizeBytes > limitBytes && started !== undefined) {
    core.calls.fail(started.id, ({ method }) => tooLargeError(core.name, method, { sizeBytes, limitBytes }));
  }
  return { hasReceived, lastEventId, retryMs, cause };
}

/** Tells whether an answer is an event stream. */
export function isEventStream(response: Response): boolean {
  return response.ok && mediaType(response) === "text/event-stream";
}
