import type { McpCall } from "../connection/types.js";
import { decodeString, findMember } from "../envelope/members.js";

/** What a server was told to remember for its session, so that the next session can be told again. */
export interface ReplayState {
  /** Notes a call that the server has carried out. */
  note(call: McpCall): void;
  /** The calls that bring a new session to the same state, those that it must not be used without first. */
  calls(): readonly McpCall[];
}

/** Makes an empty state. */
export function createReplayState(): ReplayState {
  let logLevel: McpCall | undefined;
  const required = new Map<string, McpCall>();
  const subscriptions = new Map<string, McpCall>();
  return {
    note: ({ method, params, headers, timeoutMs, isSessionState }) => {
      const call: McpCall = { method, params, headers };
      if (isSessionState === true) required.set(method, { ...call, timeoutMs, isSessionState });
      else if (method === "logging/setLevel") logLevel = call;
      else if (method === "resources/subscribe") subscriptions.set(readUri(params), call);
      else if (method === "resources/unsubscribe") subscriptions.delete(readUri(params));
    },
    calls: () => [
      ...required.values(),
      ...(logLevel === undefined ? [] : [logLevel]),
      ...subscriptions.values(),
    ],
  };
}

function readUri(params: Uint8Array | undefined): string {
  const bytes = Buffer.from(params ?? []);
  const range = findMember(bytes, { start: 0, end: bytes.length }, "uri");
  return range === undefined || bytes[range.start] !== 0x22 ? "" : decodeString(bytes, range);
}
