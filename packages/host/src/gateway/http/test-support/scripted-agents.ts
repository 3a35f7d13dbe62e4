import { createDeferred, type FairleadError } from "@fairlead/core";
import {
  buildErrorResponse,
  buildNotification,
  buildResult,
  parseRange,
  type ScannedRequest,
} from "@fairlead/mcp";
import type { AgentSession, AgentSessionOptions, RequestLine } from "../../agent-session-port.js";
import { createEgressBudget } from "../../egress-budget.js";

/** A request that a scripted session was given, and the means to serve it. */
export interface ServedCall {
  readonly message: ScannedRequest;
  readonly line: RequestLine;
  readonly params: unknown;
  /** Says something on the request's stream. */
  say(params: object): void;
  /** Pushes a raw message on the request's stream. */
  push(message: string | Buffer): void;
  answer(result: unknown): void;
  fail(code: number, text?: string): void;
  /** Ends it without an answer. */
  giveUp(): void;
}

/** A session in memory, whose calls the test serves. */
export interface ScriptedAgent extends AgentSession {
  readonly options: AgentSessionOptions;
  readonly calls: ServedCall[];
  readonly notes: string[];
  readonly settled: string[];
  /** Ids of the questions whose answers could not be read. */
  readonly broken: unknown[];
  readonly closes: number;
  evict(error: FairleadError): void;
  /** As if calls waited for answers of the agent. */
  hasOpenQuestions: boolean;
  /** Says something that belongs to no request. */
  say(params: object): void;
}

/** Sessions in memory. */
export interface ScriptedAgents {
  readonly sessions: ScriptedAgent[];
  openSession(options: AgentSessionOptions): ScriptedAgent;
}

/**
 * Makes them. `initialize`, `echo` and `tools/call` are answered at once, `count` with as many notifications as its params say and then
 * its answer; everything else waits for the test.
 */
export function createScriptedAgents(maxEgressBytes = 64 * 1024 * 1024): ScriptedAgents {
  const sessions: ScriptedAgent[] = [];
  return {
    sessions,
    openSession(options) {
      const session = createScriptedAgent(options, maxEgressBytes);
      sessions.push(session);
      return session;
    },
  };
}

function notification(params: object): Buffer {
  return buildNotification({
    method: "notifications/message",
    paramsRaw: Buffer.from(JSON.stringify(params)),
  });
}

function createScriptedAgent(options: AgentSessionOptions, maxBytes: number): ScriptedAgent {
  const evicted = createDeferred<FairleadError>();
  const calls: ServedCall[] = [];
  const notes: string[] = [];
  const settled: string[] = [];
  const broken: unknown[] = [];
  const open = new Map<Promise<void>, () => void>();
  const cancelAll = (): void => {
    for (const end of open.values()) end();
  };
  let closes = 0;
  const onOverflow = (): void => {
    evicted.resolve(new Error("too slow") as FairleadError);
  };
  const serve = (message: ScannedRequest, line: RequestLine): Promise<void> => {
    const done = createDeferred<void>();
    const params = message.params === undefined ? undefined : parseRange(message.line, message.params);
    const idRaw = message.id.raw;
    const finish = (answer: Buffer): void => {
      line.sink.push(answer);
      done.resolve();
    };
    const call: ServedCall = {
      message,
      line,
      params,
      say: (said) => line.sink.push(notification(said)),
      push: (raw) => line.sink.push(typeof raw === "string" ? Buffer.from(raw) : raw),
      answer: (result) => finish(buildResult({ idRaw, resultRaw: Buffer.from(JSON.stringify(result)) })),
      fail: (code, text = "no") => finish(buildErrorResponse({ idRaw, code, message: text })),
      giveUp: () => done.resolve(),
    };
    calls.push(call);
    line.signal?.addEventListener("abort", () => done.resolve());
    const { count, refuse, hangs } = (params ?? {}) as ScriptedParams;
    if (refuse !== undefined) call.fail(refuse);
    else if (message.method === "initialize" && hangs !== true)
      call.answer({ protocolVersion: "2025-11-25" });
    else if (message.method === "echo" || message.method === "tools/call") call.answer(params ?? {});
    else if (message.method === "count") {
      for (let index = 1; index <= (count ?? 0); index += 1) call.say({ index });
      call.answer({ count });
    }
    open.set(done.promise, () => done.resolve());
    return done.promise.finally(() => open.delete(done.promise));
  };
  return {
    options,
    calls,
    notes,
    settled,
    broken,
    get closes() {
      return closes;
    },
    egress: createEgressBudget({ maxBytes, onPressure: () => {}, onOverflow }),
    externalContextUsed: false,
    hasOpenQuestions: false,
    evicted: evicted.promise,
    evict: (error) => evicted.resolve(error),
    say: (params) => options.standing.push(notification(params)),
    serve,
    note: (message) => void notes.push(message.method),
    settle: (answer) => void settled.push(answer.line.toString()),
    settleBroken: ({ value }) => broken.push(value) > 0,
    answersDue: async () => void (await Promise.all(open.keys())),
    cancelAll,
    async close() {
      closes += 1;
      cancelAll();
      return [];
    },
    async [Symbol.asyncDispose]() {
      await this.close();
    },
  };
}

interface ScriptedParams {
  readonly count?: number;
  /** Fails with this code. */
  readonly refuse?: number;
  readonly hangs?: boolean;
}
