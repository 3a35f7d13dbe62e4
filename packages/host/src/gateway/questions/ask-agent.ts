import {
  type CallAnswer,
  isInputRequestMethod,
  missingCapabilities,
  missingCapabilityError,
  neededCapabilities,
  noEquivalentError,
  parseRange,
  type RpcErrorObject,
  rpcError,
} from "@fairlead/mcp";
import type { AgentServer } from "../../orchestrator/agent-server.js";
import type { AgentCall } from "./agent-call.js";
import { type AgentCalls, mayAsk } from "./agent-calls.js";
import type { Question } from "./question.js";

/** What a server, or we, want to know of a modern agent. */
export interface Asking {
  readonly method: string;
  readonly params: Buffer | undefined;
  /** Aborted when whoever asks does not want to know any more. */
  readonly signal: AbortSignal;
}

/** Whose call a server's question belongs to, as far as that is known. */
export type QuestionOwner =
  | { readonly call: AgentCall }
  /** Any call that waits for this server. */
  | { readonly server: AgentServer; readonly calls: AgentCalls }
  /** None of the agent's. */
  | undefined;

/**
 * Puts a question to a modern agent by answering one of its calls with `input_required`. What cannot be put so is answered
 * with an error that names it; so is a question whose call ends before it was answered. An abort settles it, too.
 */
export function askAgent(asking: Asking, owner: QuestionOwner): Promise<CallAnswer> {
  const { method, params } = asking;
  if (!isInputRequestMethod(method)) return refuse(noEquivalentError(method, "which knows no such question"));
  const needed = neededCapabilities(method, params === undefined ? undefined : parseRange(params));
  const call = findCall(owner, needed);
  if (call === undefined || !call.takesQuestions) {
    const why = "and no request of it is open that could be answered with this question";
    return refuse(noEquivalentError(method, why));
  }
  if (!mayAsk(call.subject.method)) {
    const why = `where ${call.subject.method} cannot be answered with questions`;
    return refuse(noEquivalentError(method, why));
  }
  const missing = missingCapabilities(needed, call.envelope.capabilities);
  if (missing !== undefined)
    return refuse(missingCapabilityError(missing), `${method} was not put to the agent`);
  const isMovable = owner !== undefined && "server" in owner;
  return putTo(call, { method, paramsRaw: params, needed, isMovable }, asking.signal, owner);
}

function putTo(
  first: AgentCall,
  question: Omit<Question, "settle" | "orphan">,
  signal: AbortSignal,
  owner: QuestionOwner,
): Promise<CallAnswer> {
  return new Promise((resolve) => {
    let withdraw: (() => void) | undefined;
    const settle = (answer: CallAnswer): void => {
      signal.removeEventListener("abort", onAbort);
      resolve(answer);
    };
    const fail = (why: string): void => {
      settle(toAnswer(noEquivalentError(question.method, `and ${why}`)));
    };
    const onAbort = (): void => {
      withdraw?.();
      fail("the question was taken back");
    };
    const orphan = (why: string): void => {
      // A question of which nobody knows whose it is may be put by way of another call.
      const next = question.isMovable ? findCall(owner, question.needed) : undefined;
      const isAble =
        next !== undefined && missingCapabilities(question.needed, next.envelope.capabilities) === undefined;
      if (!isAble) fail(why);
      else put(next);
    };
    const put = (call: AgentCall): void => {
      withdraw = call.put({ ...question, settle, orphan });
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    put(first);
  });
}

function findCall(owner: QuestionOwner, needed: Question["needed"]): AgentCall | undefined {
  if (owner === undefined) return undefined;
  return "call" in owner ? owner.call : owner.calls.findFor(owner.server, { needed });
}

function refuse(error: RpcErrorObject, what?: string): Promise<CallAnswer> {
  return Promise.resolve(
    toAnswer(what === undefined ? error : { ...error, message: `${what}: ${error.message}` }),
  );
}

function toAnswer({ code, message, data }: RpcErrorObject): CallAnswer {
  return rpcError(code, message, data);
}
