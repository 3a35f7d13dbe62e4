import type { CallAnswer } from "@fairlead/mcp";
import { afterEach, beforeEach, vi } from "vitest";
import type { AgentServer } from "../../../orchestrator/agent-server.js";
import { AgentCalls, type AgentCallsOptions, type CallWork } from "../agent-calls.js";
import { emptyEnvelope } from "../agent-round.js";

/** Fakes the timers of calls in each test of a file, and nothing else: promises and immediates go on by themselves. */
export function fakeCallTimers(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}

/** What a call comes to. */
export const ready: CallAnswer = { kind: "result", result: Buffer.from('{"content":[]}') };
const abilities = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };
/** One that asks. */
export const server = { name: "s" } as AgentServer;

/** Several turns of the event loop: enough for everything that waits for nothing else. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** What the agent was answered with. */
export type Answer = Record<string, unknown>;

/** One request of the agent. */
export interface Round {
  readonly answer: Promise<Answer>;
  readonly abort: AbortController;
  readonly sunk: string[];
}

/** An agent that makes requests, and servers that ask. */
export function openAgent(options?: AgentCallsOptions) {
  const calls = new AgentCalls(options);
  const request = (
    work: CallWork,
    given: { params?: object; method?: string; capabilities?: object } = {},
  ) => {
    const { params = { name: "t" }, method = "tools/call", capabilities = abilities } = given;
    const abort = new AbortController();
    const sunk: string[] = [];
    const target = (params as Answer)["name"] as string | undefined;
    const answer = calls
      .serve(
        {
          subject: { method, target },
          params: Buffer.from(JSON.stringify(params)),
          envelope: { ...emptyEnvelope, capabilities: capabilities as Answer },
          sink: { push: (message) => sunk.push(message.toString()) },
          signal: abort.signal,
          tokenRaw: undefined,
        },
        work,
      )
      .then(parse);
    answer.catch(() => {});
    return { answer, abort, sunk } satisfies Round;
  };
  const repeat = (asked: Answer, responses: object, name = "t") =>
    request(() => Promise.reject(new Error("It began anew")), {
      params: { name, inputResponses: responses, requestState: asked["requestState"] },
    });
  return { calls, request, repeat };
}

/** Makes JSON of an answer; an error is under its name. */
export function parse(answer: CallAnswer): Answer {
  return answer.kind === "error"
    ? { error: JSON.parse(answer.error.toString()) as unknown }
    : (JSON.parse(answer.result.toString()) as Answer);
}

const never = new AbortController().signal;

/** A question that a server puts. */
export function elicit(message: string): { method: string; params: Buffer; signal: AbortSignal } {
  return { method: "elicitation/create", params: Buffer.from(JSON.stringify({ message })), signal: never };
}

/** Under which the agent is to answer. */
export function keysOf(asked: Answer): string[] {
  return Object.keys(asked["inputRequests"] as object);
}
