import { replaceRanges } from "../envelope/build-message.js";
import type { ByteRange } from "../envelope/json-scan.js";
import { decodeString, eachMember, findMember, parseRange, sliceRange } from "../envelope/members.js";
import { memberRanges, removalEdits } from "./edit-members.js";

/** What a legacy server may ask an agent and a modern one puts into an `input_required` result. */
const inputRequestMethods = ["elicitation/create", "sampling/createMessage", "roots/list"] as const;

/** One of {@link inputRequestMethods}. */
export type InputRequestMethod = (typeof inputRequestMethods)[number];

/** Tells whether a request of a server can be put into an `input_required` result. */
export function isInputRequestMethod(method: string): method is InputRequestMethod {
  return (inputRequestMethods as readonly string[]).includes(method);
}

/** A legacy server's request on its way into an `input_required` result. */
export interface InputRequest {
  /** Under which the agent will give its answer; unique within one result. */
  readonly key: string;
  readonly method: InputRequestMethod;
  /** As the server sent them. */
  readonly paramsRaw?: Buffer | undefined;
}

/** What one `input_required` result says. At least one of the two members must be there, or agents refuse it. */
export interface InputRequired {
  readonly requests: readonly InputRequest[];
  /** Given back by the agent unchanged; it must not hold secrets, nor be trusted when it comes back. */
  readonly requestState?: string | undefined;
}

/**
 * Builds the raw `input_required` result. It may answer `tools/call`, `prompts/get` and `resources/read` only.
 * @throws RangeError if it would ask for nothing
 */
export function buildInputRequired({ requests, requestState }: InputRequired): Buffer {
  if (requests.length === 0 && requestState === undefined) {
    throw new RangeError("An input_required result needs a request or a state: give at least one");
  }
  const parts: (Buffer | string)[] = ['{"resultType":"input_required"'];
  for (const [index, { key, method, paramsRaw }] of requests.entries()) {
    parts.push(index === 0 ? ',"inputRequests":{' : ",", JSON.stringify(key), `:{"method":"${method}"`);
    if (paramsRaw !== undefined) parts.push(',"params":', paramsRaw);
    parts.push("}");
  }
  if (requests.length > 0) parts.push("}");
  if (requestState !== undefined) parts.push(`,"requestState":${JSON.stringify(requestState)}`);
  parts.push("}");
  return Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
}

/** What an agent gives when it repeats a request after an `input_required` result. */
export interface InputAnswers {
  /** Per key the raw result, which is exactly what the legacy server is answered with. */
  readonly responses: ReadonlyMap<string, Buffer>;
  readonly requestState: string | undefined;
}

/**
 * Reads the answers out of the params of a repeated request. What is not an object, or is wrapped as
 * `{"method", "result"}`, is left out, so that its request can be put again.
 * @returns undefined if this is no repeated request
 */
export function readInputAnswers(paramsRaw: Buffer): InputAnswers | undefined {
  const whole = { start: 0, end: paramsRaw.length };
  const answers = findMember(paramsRaw, whole, "inputResponses");
  const state = findMember(paramsRaw, whole, "requestState");
  if (answers === undefined && state === undefined) return undefined;
  const responses = new Map<string, Buffer>();
  const visit = (key: ByteRange, value: ByteRange): void => {
    if (isBareResult(paramsRaw, value)) {
      responses.set(decodeString(paramsRaw, key), sliceRange(paramsRaw, value));
    } else {
      responses.delete(decodeString(paramsRaw, key));
    }
  };
  if (answers !== undefined) eachMember(paramsRaw, answers, { visit });
  const requestState = state === undefined ? undefined : parseRange(paramsRaw, state);
  return { responses, requestState: typeof requestState === "string" ? requestState : undefined };
}

/** What a server wants before it goes on with a call. */
export interface InputDemand {
  readonly requests: readonly {
    readonly key: string;
    readonly method: string;
    readonly paramsRaw: Buffer | undefined;
  }[];
  /** The raw JSON of its state, given back byte for byte. */
  readonly stateRaw: Buffer | undefined;
}

/**
 * Reads an `input_required` result.
 * @returns undefined for every other result; `"invalid"` where it asks for nothing, or for something that is no request
 */
export function readInputDemand(resultRaw: Buffer): InputDemand | "invalid" | undefined {
  const whole = { start: 0, end: resultRaw.length };
  const type = findMember(resultRaw, whole, "resultType");
  if (type === undefined || resultRaw[type.start] !== 0x22) return undefined;
  if (decodeString(resultRaw, type) !== "input_required") return undefined;
  const state = findMember(resultRaw, whole, "requestState");
  const asked = findMember(resultRaw, whole, "inputRequests");
  const requests: { key: string; method: string; paramsRaw: Buffer | undefined }[] = [];
  let isValid = state !== undefined || asked !== undefined;
  const visit = (key: ByteRange, value: ByteRange): void => {
    const method = findMember(resultRaw, value, "method");
    const params = findMember(resultRaw, value, "params");
    if (method === undefined || resultRaw[method.start] !== 0x22) isValid = false;
    else {
      requests.push({
        key: decodeString(resultRaw, key),
        method: decodeString(resultRaw, method),
        paramsRaw: params === undefined ? undefined : sliceRange(resultRaw, params),
      });
    }
  };
  if (asked !== undefined && eachMember(resultRaw, asked, { visit }) < 0) isValid = false;
  if (!isValid) return "invalid";
  return { requests, stateRaw: state === undefined ? undefined : sliceRange(resultRaw, state) };
}

/**
 * Gives the params of the next round: those of the call, byte for byte, with the answers and the server's state.
 * Answers and state that the params hold already are those of an earlier round and are replaced.
 * @param responses raw results by the keys of the demand, all of it
 */
export function addInputAnswers(
  paramsRaw: Buffer | undefined,
  responses: ReadonlyMap<string, Buffer>,
  stateRaw: Buffer | undefined,
): Buffer {
  const kept = withoutInputAnswers(paramsRaw ?? Buffer.from("{}"));
  const parts: (Buffer | string)[] = [];
  for (const [key, response] of responses) {
    parts.push(parts.length === 0 ? '"inputResponses":{' : ",", `${JSON.stringify(key)}:`, response);
  }
  if (parts.length > 0) parts.push("}");
  if (stateRaw !== undefined) parts.push(parts.length > 0 ? "," : "", '"requestState":', stateRaw);
  if (parts.length === 0) return kept;
  const isEmpty = (memberRanges(kept)?.size ?? 0) === 0;
  const inside = kept.indexOf("{") + 1;
  if (!isEmpty) parts.push(",");
  const bytes = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
  return replaceRanges(kept, [{ start: inside, end: inside, bytes }]);
}

/** Gives the params of a repeated request as those of a first one; everything else keeps its bytes. */
export function withoutInputAnswers(paramsRaw: Buffer): Buffer {
  const removed = removalEdits(paramsRaw, { start: 0, end: paramsRaw.length }, isRoundMember);
  return removed === undefined ? paramsRaw : replaceRanges(paramsRaw, removed.edits);
}

function isRoundMember(key: string): boolean {
  return key === "inputResponses" || key === "requestState";
}

function isBareResult(raw: Buffer, range: ByteRange): boolean {
  if (raw[range.start] !== 0x7b) return false;
  return findMember(raw, range, "method") === undefined || findMember(raw, range, "result") === undefined;
}
