import {
  createId,
  FairleadError,
  isJsonObject,
  type JsonObject,
  toFairleadError,
  untilAborted,
} from "@fairlead/core";
import { methodNotFound } from "../connection/rpc-errors.js";
import type { CallAnswer, ConnectionHandlers, RelatedCall } from "../connection/types.js";
import { buildRequest } from "../envelope/build-message.js";
import { parseRange, toBuffer } from "../envelope/members.js";
import { scanMessage } from "../envelope/scan-message.js";
import { missingCapabilities, neededCapabilities } from "../eras/input-capabilities.js";
import {
  addInputAnswers,
  type InputDemand,
  isInputRequestMethod,
  readInputDemand,
} from "../eras/input-required.js";
import { sleepMs } from "../http/sleep-ms.js";
import { roundsError } from "./modern-errors.js";

/** One call that a server may answer with questions, and who answers them. */
export interface InputContext {
  /** The server's name, for messages. */
  readonly name: string;
  /** What we told the server that we can be asked. */
  readonly capabilities: JsonObject;
  readonly onRequest: ConnectionHandlers["onRequest"];
  /** The call that waits for the answers. */
  readonly relatedCall: RelatedCall;
  /** Aborted when that call is given up. */
  readonly signal: AbortSignal;
  readonly warn: (text: string) => void;
  /** Makes the request of one round. */
  readonly send: (params: Buffer | undefined) => Promise<CallAnswer>;
}

/** Rounds of questions that one call may have: far more than a person would answer. */
const maxRounds = 32;
/** A server that asks for nothing but to come again is given this long, in milliseconds: doubled up to the longest. */
const againMs = { first: 250, longest: 5_000 } as const;

/** What a server may answer with questions. */
const inputMethods: ReadonlySet<string> = new Set(["tools/call", "prompts/get", "resources/read"]);

/**
 * Makes a call, and again as long as the server answers with questions: each round sends the call's own params, the
 * answers to this round's questions, and the server's state byte for byte.
 * @throws FairleadError `protocol` `peer_error` where a server asks too often, or for what it must not
 */
export async function askInRounds(context: InputContext): Promise<CallAnswer> {
  const { name, relatedCall, send, signal } = context;
  const { call } = relatedCall;
  const callParams = call.params === undefined ? undefined : toBuffer(call.params);
  let params = callParams;
  let pauseMs: number = againMs.first;
  for (let round = 0; round <= maxRounds; round += 1) {
    const answer = await send(params);
    if (answer.kind === "error" || !inputMethods.has(call.method)) return answer;
    const demand = readInputDemand(answer.result);
    if (demand === undefined) return answer;
    if (demand === "invalid") throw roundsError(name, call.method, "asked for something that is no request");
    if (demand.requests.length === 0) {
      await sleepMs(pauseMs, signal);
      pauseMs = Math.min(pauseMs * 2, againMs.longest);
    }
    const responses = await answerDemand(demand, context);
    params = addInputAnswers(callParams, responses, demand.stateRaw);
  }
  throw roundsError(name, call.method, `asked more than ${maxRounds} times`);
}

const canceledElicitation = Buffer.from('{"action":"cancel"}');

/**
 * Puts all questions of one round to whoever stands behind us, at the same time; the call's clock stands meanwhile. A
 * form that fails is answered as cancelled, which is what a server expects of a user who closes it. For the other
 * questions the era has no such answer: the call is given up, and the server is told nothing, as the era allows.
 * @returns the raw results by their keys
 * @throws FairleadError `protocol` where a question was not allowed or was refused, or why the call was given up
 */
async function answerDemand(
  { requests }: InputDemand,
  context: InputContext,
): Promise<ReadonlyMap<string, Buffer>> {
  const { relatedCall } = context;
  // One failure takes the other questions back, so that nobody answers them for nothing.
  const siblings = new AbortController();
  const signal = AbortSignal.any([context.signal, siblings.signal]);
  const resume = relatedCall.pauseClock();
  try {
    const answers = requests.map(async (request) => {
      const result = await ask(request, { ...context, signal });
      return [request.key, result] as const;
    });
    return new Map(await untilAborted(Promise.all(answers), context.signal, relatedCall.call.method));
  } catch (thrown) {
    siblings.abort("Another question of the same round failed");
    throw thrown;
  } finally {
    resume();
  }
}

type Question = InputDemand["requests"][number];

async function ask(question: Question, context: InputContext): Promise<Buffer> {
  const { name, relatedCall, warn } = context;
  const { method, paramsRaw } = question;
  const during = relatedCall.call.method;
  const params = paramsRaw === undefined ? undefined : parseRange(paramsRaw);
  if (!isInputRequestMethod(method))
    throw roundsError(name, during, `asked for ${method}, which cannot be asked,`);
  const missing = missingCapabilities(neededCapabilities(method, params), context.capabilities);
  if (missing !== undefined) {
    const what = `asked for ${method}, which was never offered to it (${JSON.stringify(missing)}),`;
    throw roundsError(name, during, what);
  }
  const answer = await put(question, context);
  if (answer.kind === "result") return answer.result;
  const text = errorText(answer.error);
  if (method === "elicitation/create") {
    warn(`elicitation/create failed and was answered as cancelled: ${text}`);
    return canceledElicitation;
  }
  const message = `${during} on server '${name}' was given up: its ${method} was refused: ${text}`;
  throw new FairleadError("protocol", message, { reason: "peer_error", details: { server: name } });
}

/** Puts it as a request of the server, as if it had come on a line of its own. */
async function put({ method, paramsRaw }: Question, context: InputContext): Promise<CallAnswer> {
  const { onRequest, relatedCall, signal } = context;
  const idRaw = JSON.stringify(createId("input"));
  const message = scanMessage(buildRequest({ idRaw, method, paramsRaw }));
  if (onRequest === undefined || message.kind !== "request") return methodNotFound(method);
  try {
    return await onRequest(message, { relatedCall, signal });
  } catch (thrown) {
    if (context.signal.aborted) throw thrown;
    return {
      kind: "error",
      error: Buffer.from(JSON.stringify({ message: toFairleadError(thrown).message })),
    };
  }
}

function errorText(raw: Buffer): string {
  const error = parseRange(raw);
  const message = isJsonObject(error) ? error["message"] : undefined;
  return typeof message === "string" ? message.slice(0, 512) : "no message";
}
