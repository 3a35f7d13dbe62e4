import { type CallAnswer, type ListMethod, methodNotFound, type RelatedCall } from "@fairlead/mcp";
import type { AgentServer, ServerConsumer } from "../orchestrator/agent-server.js";
import type { HostEvent } from "../orchestrator/host-event.js";
import {
  createInstancePool,
  type InstancePool,
  type InstancePoolOptions,
} from "../orchestrator/instance-pool.js";
import { createStartGate } from "../orchestrator/start-gate.js";

/** What an agent in tests was told, and how it answers. */
export interface RecordingAgent extends ServerConsumer {
  readonly told: { readonly method: string; readonly params: unknown; readonly origin: unknown }[];
  readonly asked: { readonly method: string; readonly origin: unknown }[];
  readonly listChanges: ListMethod[];
  readonly readyCount: number;
  /** Params of the notifications of one method. */
  toldOf(method: string): unknown[];
}

/** Makes an agent that writes down what it is told, and answers each question with its own name. */
export function createAgent(name: string, capabilities: Record<string, unknown> = {}): RecordingAgent {
  const agent = {
    told: [] as RecordingAgent["told"],
    asked: [] as RecordingAgent["asked"],
    listChanges: [] as ListMethod[],
    readyCount: 0,
    profile: { clientInfo: { name, version: "1" }, capabilities },
    onReady: () => {
      agent.readyCount += 1;
    },
    onNotification: (message: { method: string; line: Buffer; params?: unknown }, related?: RelatedCall) => {
      const parsed = JSON.parse(message.line.toString()) as { params?: unknown };
      agent.told.push({ method: message.method, params: parsed.params, origin: related?.call.origin });
    },
    onRequest: async (
      { method }: { method: string },
      { related }: { related: RelatedCall | undefined },
    ): Promise<CallAnswer> => {
      agent.asked.push({ method, origin: related?.call.origin });
      if (method === "unknown") return methodNotFound(method);
      return { kind: "result", result: Buffer.from(JSON.stringify({ answeredBy: name })) };
    },
    onListChanged: (method: ListMethod) => void agent.listChanges.push(method),
    toldOf: (method: string) =>
      agent.told.filter((told) => told.method === method).map(({ params }) => params),
  };
  return agent;
}

/** A pool, and everything that it told. */
export interface PoolScene extends AsyncDisposable {
  readonly pool: InstancePool;
  readonly events: readonly HostEvent[];
  /** Waits for an event of this type that came, or will come; the `count`th of them. */
  event<Type extends HostEvent["type"]>(type: Type, count?: number): Promise<HostEvent & { type: Type }>;
}

/** Makes a pool whose pauses are short. */
export function createPoolScene(options: Partial<InstancePoolOptions> = {}): PoolScene {
  const events: HostEvent[] = [];
  const waiting = new Set<() => boolean>();
  const pool = createInstancePool({
    gate: createStartGate(),
    version: "1.2.3",
    restartTimes: {
      firstPauseMs: 10,
      longestPauseMs: 40,
      windowMs: 10_000,
      maxFailures: 5,
      probeAfterMs: 50,
    },
    ...options,
    onEvent: (event) => {
      events.push(event);
      for (const look of waiting) if (look()) waiting.delete(look);
    },
  });
  return {
    pool,
    events,
    event: (type, count = 1) =>
      new Promise((resolve) => {
        const look = (): boolean => {
          const found = events.filter((event) => event.type === type)[count - 1];
          if (found !== undefined) resolve(found as HostEvent & { type: typeof type });
          return found !== undefined;
        };
        if (!look()) waiting.add(look);
      }),
    [Symbol.asyncDispose]: async () => void (await pool.close()),
  };
}

/** Calls and parses what came: the result, or `{ error }`. */
export async function ask(
  server: AgentServer,
  method: string,
  params: object = {},
  extra: { readonly signal?: AbortSignal; readonly origin?: object } = {},
): Promise<unknown> {
  const answer = await server.call({ method, params: Buffer.from(JSON.stringify(params)), ...extra });
  if (answer.kind === "error") return { error: JSON.parse(answer.error.toString()) as unknown };
  return JSON.parse(answer.result.toString()) as unknown;
}

/** The next turn of the event loop, after everything that was due in this one. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
