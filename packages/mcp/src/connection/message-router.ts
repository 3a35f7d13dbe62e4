import { FairleadError } from "@fairlead/core";
import { elementRanges, sliceRange } from "../envelope/members.js";
import { type InvalidMessage, type ScannedNotification, scanMessage } from "../envelope/scan-message.js";
import type { OversizeLine } from "../framing/line-splitter.js";
import type { CallTable } from "./call-table.js";
import { tooLargeError } from "./server-errors.js";
import type { ServerRequests } from "./server-requests.js";
import type { ConnectionHandlers, McpCall, RelatedCall } from "./types.js";

/** What a router hands messages to. */
export interface MessageRouterOptions {
  /** The server's name, for messages. */
  readonly name: string;
  /** What carries the messages, for warnings: `a line on stdout`. */
  readonly carrier: string;
  readonly limitBytes: number;
  readonly calls: CallTable;
  /** Answers the server's requests; without it they are dropped with a warning. */
  readonly requests?: ServerRequests | undefined;
  readonly onNotification: ConnectionHandlers["onNotification"];
  readonly warn: (text: string) => void;
  /** Whether a broken message only tells that the server ended amid it. @default false */
  isCutOff?(): boolean;
  /** Told each time that something was no message. */
  onJunk?(): void;
}

/** Takes what a server says to where it belongs. */
export interface MessageRouter {
  /** @param carrier the call on whose own stream it came; undefined where all calls share one */
  dispatch(message: Buffer, carrier?: RelatedCall): void;
  /** Fails the call, or refuses the request, whose message was too large to keep. */
  refuseOversize(info: OversizeLine): void;
}

/** Makes the one router behind a channel. What a handler throws becomes a warning. */
export function createMessageRouter(options: MessageRouterOptions): MessageRouter {
  const { name, calls, requests, limitBytes, warn } = options;

  const guard = (what: string, run: () => void): void => {
    try {
      run();
    } catch (thrown) {
      warn(`the handler of ${what} threw: ${String(thrown)}`);
    }
  };
  const notified = (message: ScannedNotification, related: RelatedCall | undefined): void => {
    if (message.method === "notifications/progress") return calls.progress(message);
    if (message.method === "notifications/cancelled" && requests?.cancel(message) === true) return;
    options.onNotification?.(message, related ?? calls.only());
  };
  const route = (line: Buffer, related: RelatedCall | undefined): void => {
    const message = scanMessage(line);
    switch (message.kind) {
      case "request":
        if (requests !== undefined) return requests.start(message, related);
        return warn(`a request (${message.method}) was dropped: this revision has none of the server`);
      case "notification":
        return notified(message, related);
      case "result":
      case "error":
        return calls.answer(message);
      case "invalid":
        return refuseInvalid(message, related);
    }
  };
  const refuseInvalid = (message: InvalidMessage, related: RelatedCall | undefined): void => {
    const { id, line, text } = message;
    if (message.problem === "batch") return takeApart(line, related);
    options.onJunk?.();
    const what = `${options.carrier} is not a message (${text}; ${line.length} bytes) and was skipped`;
    warn(`${what}: ${preview(line)}`);
    // Half a message, cut off by the server's end: its call is failed by that end.
    if (id === undefined || options.isCutOff?.() === true) return;
    if (message.hasMethod) return requests?.refuse(id, text);
    calls.fail(id, (call) => {
      const error = `The answer of server '${name}' to ${call.method} is broken: ${text}`;
      return new FairleadError("protocol", error, { reason: "frame_invalid", details: { server: name } });
    });
  };
  const takeApart = (line: Buffer, related: RelatedCall | undefined): void => {
    for (const range of elementRanges(line, { start: 0, end: line.length }) ?? []) {
      const element = sliceRange(line, range);
      // A batch inside a batch is nobody's; taking it apart would recurse.
      if (element[0] === 0x5b) warn("a batch inside a batch was dropped");
      else guard("a message of a batch", () => route(element, related));
    }
  };

  return {
    dispatch: (message, carrier) => {
      const related = carrier === undefined ? undefined : certain(carrier);
      guard("a message", () => route(message, related));
    },
    refuseOversize: ({ id, hasMethod, sizeBytes }) => {
      const text = `a message of ${sizeBytes} bytes is larger than the limit of ${limitBytes} bytes`;
      if (hasMethod && id !== undefined) requests?.refuse(id, text);
      const toError = (call: McpCall): FairleadError =>
        tooLargeError(name, call.method, { sizeBytes, limitBytes });
      const failed = !hasMethod && calls.fail(id, toError);
      if (!failed) warn(`${text} and was skipped`);
    },
  };
}

/** A call in flight is one object for everybody; how a message came is of that message alone. */
function certain(carrier: RelatedCall): RelatedCall {
  return { call: carrier.call, isCertain: true, pauseClock: () => carrier.pauseClock() };
}

function preview(line: Buffer): string {
  return JSON.stringify(line.toString("utf8", 0, 120));
}
