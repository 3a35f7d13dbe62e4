import { isJsonObject, type JsonObject, toFairleadError, untilAborted, withinMs } from "@fairlead/core";
import { rpcError } from "../connection/rpc-errors.js";
import type { CallAnswer, McpCall } from "../connection/types.js";
import { findMember, parseRange, toBuffer } from "../envelope/members.js";
import { isLogLevel, logLevels } from "../eras/classify.js";
import { eraErrorCodes, notInServerEraError, removedMethodError } from "../eras/era-errors.js";
import { isRemovedRequest, isTaskRequest } from "../eras/methods.js";
import type { ChangeListener } from "./change-listener.js";

/** What stands in for the methods that the modern era has no more. */
export interface LegacyMethodsOptions {
  /** Those that `server/discover` told. */
  readonly capabilities: JsonObject;
  readonly listener: Pick<ChangeListener, "subscribe" | "unsubscribe">;
  readonly setLogLevel: (level: string) => void;
  /** Makes a request of the modern era. */
  readonly ask: (call: McpCall) => Promise<CallAnswer>;
}

/** How long a server may take to agree to a subscription where the caller sets no limit, in milliseconds. */
const subscribeMs = 60_000;

const emptyResult: CallAnswer = { kind: "result", result: Buffer.from("{}") };

/**
 * Answers a request that exists in the legacy era only: by what does the same in the modern one, else by an error that
 * names it. Listening belongs to the connection, so it is refused too.
 * @returns undefined for every other request
 */
export function answerLegacyMethod(
  call: McpCall,
  options: LegacyMethodsOptions,
): Promise<CallAnswer> | undefined {
  switch (call.method) {
    case "ping":
      return ping(call, options);
    case "logging/setLevel":
      return Promise.resolve(setLogLevel(call, options));
    case "resources/subscribe":
      return subscribe(call, options);
    case "resources/unsubscribe":
      return Promise.resolve(unsubscribe(call, options));
    case "subscriptions/listen": {
      const text = "subscriptions/listen is kept by Fairlead itself: use resources/subscribe";
      return Promise.resolve(rpcError(eraErrorCodes.methodNotFound, text));
    }
    default: {
      if (isTaskRequest(call.method)) {
        const other = notInServerEraError(call.method, "modern");
        return Promise.resolve(rpcError(other.code, other.message, other.data));
      }
      if (!isRemovedRequest(call.method)) return undefined;
      const { code, message, data } = removedMethodError(call.method);
      return Promise.resolve(rpcError(code, message, data));
    }
  }
}

/** Any answer shows that the server is alive; discovering is what every server must be able to do. */
async function ping(call: McpCall, { ask }: LegacyMethodsOptions): Promise<CallAnswer> {
  const answer = await ask({ ...call, method: "server/discover", params: undefined });
  return answer.kind === "error" ? answer : emptyResult;
}

function setLogLevel(call: McpCall, options: LegacyMethodsOptions): CallAnswer {
  const level = readMember(call, "level");
  if (!isLogLevel(level)) {
    const text = `logging/setLevel needs a level, one of ${logLevels.join(", ")}`;
    return rpcError(eraErrorCodes.invalidParams, text);
  }
  options.setLogLevel(level);
  return emptyResult;
}

async function subscribe(call: McpCall, options: LegacyMethodsOptions): Promise<CallAnswer> {
  const uri = readMember(call, "uri");
  if (typeof uri !== "string") return missingUri(call.method);
  const resources = options.capabilities["resources"];
  if (!isJsonObject(resources) || resources["subscribe"] !== true) {
    return rpcError(
      eraErrorCodes.methodNotFound,
      "The server does not announce that it tells changes of resources",
    );
  }
  const what = `Subscribing to ${uri}`;
  const agreed = untilAborted(options.listener.subscribe(uri), call.signal, what);
  try {
    await withinMs(agreed, call.timeoutMs ?? subscribeMs, what);
  } catch (thrown) {
    const error = toFairleadError(thrown);
    if (error.reason !== "peer_error") throw error;
    return rpcError(eraErrorCodes.invalidParams, error.message);
  }
  return emptyResult;
}

function unsubscribe(call: McpCall, { listener }: LegacyMethodsOptions): CallAnswer {
  const uri = readMember(call, "uri");
  if (typeof uri !== "string") return missingUri(call.method);
  listener.unsubscribe(uri);
  return emptyResult;
}

function missingUri(method: string): CallAnswer {
  return rpcError(eraErrorCodes.invalidParams, `${method} needs a text at params.uri`);
}

function readMember({ params }: McpCall, key: string): unknown {
  if (params === undefined) return undefined;
  const raw = toBuffer(params);
  const range = findMember(raw, { start: 0, end: raw.length }, key);
  return range === undefined ? undefined : parseRange(raw, range);
}
