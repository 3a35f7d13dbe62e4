import { untilAborted } from "@fairlead/core";
import {
  type CallAnswer,
  completeModernResult,
  findMember,
  isTaskRequest,
  missingCapabilities,
  missingCapabilityError,
  notInServerEraError,
  type RpcErrorObject,
  readInputAnswers,
  readUrlElicitations,
  rpcError,
  toLegacyParams,
  toLegacyRequestParams,
  toModernResult,
} from "@fairlead/mcp";
import type { AgentServer } from "../../orchestrator/agent-server.js";
import { holdServer } from "../hold-server.js";
import type { AgentCall } from "../questions/agent-call.js";
import { mayAsk, unknownStateError } from "../questions/agent-calls.js";
import { askAgent } from "../questions/ask-agent.js";
import { readText } from "../raw-params.js";
import type { ForwardedCall } from "../route.js";
import type { ModernLogLevels } from "./modern-log-levels.js";

/** What leads a modern agent's call to a server. */
export interface ForwardOptions {
  readonly call: AgentCall;
  readonly levels: ModernLogLevels;
  /** Who the agent is told that answers, where a result does not say it. */
  readonly serverInfo: Readonly<Record<string, unknown>> | undefined;
  /** Sends it, with everything that is the same for both eras. */
  readonly send: (
    server: AgentServer,
    call: ForwardedCall & { readonly isModern: boolean },
  ) => Promise<CallAnswer>;
}

/** Pages that a legacy server may want opened one after another before it serves a request. */
const maxPageRounds = 32;

/**
 * Makes a call at a server of either era. A modern one gets the agent's own words, and its answers pass as they are; for a
 * legacy one everything is left out that it does not know, and put into its answers what the agent must find there.
 */
export async function forwardModern(
  server: AgentServer,
  forwarded: ForwardedCall,
  options: ForwardOptions,
): Promise<CallAnswer> {
  const leave = options.call.enter(server);
  try {
    return await holdServer(server, () => toServer(server, forwarded, options));
  } finally {
    leave();
  }
}

async function toServer(
  server: AgentServer,
  forwarded: ForwardedCall,
  options: ForwardOptions,
): Promise<CallAnswer> {
  const { signal } = options.call;
  const { era } = await untilAborted(server.readyAgain(), signal, `The call to ${server.name}`);
  if (era === "legacy") return toLegacyServer(server, forwarded, options);
  // Params of our own making have no envelope: the connection then speaks for the agent, and asks by questions. So it does
  // where configuration answers some of them.
  const { elicitations = "ask" } = server.definition;
  const isModern = hasEnvelope(forwarded.params) && elicitations === "ask";
  const answer = await options.send(server, { ...forwarded, isModern });
  if (answer.kind === "error") return answer;
  return {
    kind: "result",
    result: completeModernResult(forwarded.method, answer.result, options.serverInfo),
  };
}

async function toLegacyServer(
  server: AgentServer,
  forwarded: ForwardedCall,
  options: ForwardOptions,
): Promise<CallAnswer> {
  const { method, params } = forwarded;
  if (isTaskRequest(method)) return toError(notInServerEraError(method, "legacy"));
  // States of ours never come so far, and a legacy server has none: somebody made it up, or we forgot it.
  const hasState =
    params !== undefined && mayAsk(method) && readInputAnswers(params)?.requestState !== undefined;
  if (hasState) throw unknownStateError();
  const { signal, envelope } = options.call;
  await untilAborted(options.levels.want(server, envelope.logLevel), signal, `The call to ${server.name}`);
  const legacy = { ...forwarded, params: toLegacy(method, params), isModern: false };
  for (let round = 0; ; round += 1) {
    const answer = await options.send(server, legacy);
    if (answer.kind === "result") {
      return { kind: "result", result: toModernResult(method, answer.result, options.serverInfo) };
    }
    const { elicitations = "ask" } = server.definition;
    const isAsked = elicitations !== "deny" && mayAsk(method) && round < maxPageRounds;
    const pages = isAsked ? readUrlElicitations(answer.error) : undefined;
    if (pages === undefined) return answer;
    const missing = missingCapabilities({ elicitation: { url: {} } }, options.call.envelope.capabilities);
    if (missing !== undefined) return toError(missingCapabilityError(missing));
    const { call } = options;
    const asked = pages.map(({ method: asks, paramsRaw }) =>
      askAgent({ method: asks, params: paramsRaw, signal: call.signal }, { call }),
    );
    const answers = await Promise.all(asked);
    // Who does not open the page gets what the server said in its stead.
    if (!answers.every(isAccepted)) return answer;
  }
}

function toLegacy(method: string, params: Buffer | undefined): Buffer | undefined {
  if (params === undefined) return undefined;
  return mayAsk(method) ? toLegacyRequestParams(params) : toLegacyParams(params);
}

function isAccepted(answer: CallAnswer): boolean {
  return answer.kind === "result" && readText(answer.result, ["action"]) === "accept";
}

function hasEnvelope(params: Buffer | undefined): boolean {
  if (params === undefined) return false;
  const meta = findMember(params, { start: 0, end: params.length }, "_meta");
  const key = "io.modelcontextprotocol/protocolVersion";
  return meta !== undefined && findMember(params, meta, key) !== undefined;
}

function toError({ code, message, data }: RpcErrorObject): CallAnswer {
  return rpcError(code, message, data);
}
