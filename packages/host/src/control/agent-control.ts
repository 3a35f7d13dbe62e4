import { createDeferred } from "@fairlead/core";
import {
  type CallAnswer,
  type CheckedControlParams,
  type ControlMethodName,
  type ControlSessionMessage,
  checkControlParams,
  controlCapability,
  type Era,
  parseRange,
  type ScannedRequest,
} from "@fairlead/mcp";
import type { AgentPeer } from "../gateway/agent-peer.js";
import type { MessageSink } from "../gateway/message-sink.js";
import type { ControlCenter, ControlSessions } from "./host-control.js";
import type { SessionOwner } from "./program-session.js";

/** A control request of an agent. */
export interface ControlRequest {
  readonly message: ScannedRequest;
  readonly era: Era;
  readonly signal: AbortSignal;
  readonly sink: MessageSink;
}

/** The control methods on one agent's connection. */
export class AgentControl {
  readonly #center: ControlCenter;
  readonly #peer: AgentPeer;
  readonly #owner: SessionOwner;
  readonly #sessions: ControlSessions;
  readonly #listeners = new Map<string, Disposable>();
  #startups: readonly Disposable[] | undefined;

  /** @param principal who the agent is; sessions of others are unknown to it */
  constructor(center: ControlCenter, peer: AgentPeer, principal: string) {
    this.#center = center;
    this.#peer = peer;
    this.#owner = { principal };
    this.#sessions = center.sessionsOf(this.#owner);
  }

  /** Whether it is one of ours. */
  isMethod(method: string): method is ControlMethodName {
    return Object.hasOwn(serve, method);
  }

  /** An agent that knows the capability, or uses a method, is told how starts go from there on. */
  greet(capabilities: Readonly<Record<string, unknown>>): void {
    const { experimental } = capabilities;
    if (typeof experimental === "object" && experimental !== null && controlCapability in experimental) {
      this.#tellStartups();
    }
  }

  /** Serves a request. @throws FairleadError */
  async answer(method: ControlMethodName, request: ControlRequest): Promise<CallAnswer> {
    this.#tellStartups();
    const { line, params: range } = request.message;
    const result = await this.#serve(method, range === undefined ? {} : parseRange(line, range), request);
    return { kind: "result", result: Buffer.from(JSON.stringify(result)) };
  }

  /** Reads the agent's programs no further, nor those that come to it meanwhile. @returns ends that */
  hold(): () => void {
    this.#center.press(this.#owner, true);
    return () => this.#center.press(this.#owner, false);
  }

  /** The agent has left: its programs end, save those that are to be kept. */
  close(): Promise<void> {
    for (const telling of this.#startups ?? []) telling[Symbol.dispose]();
    return this.#center.leave(this.#owner);
  }

  async #serve(method: ControlMethodName, params: unknown, request: ControlRequest): Promise<object> {
    // One entry of the table fits its own method's params, which no type can say of a name known at run time only.
    const work = serve[method] as Served<ControlMethodName>;
    const listening: ListenerControl = {
      add: (sessionId) => this.#listen(sessionId, request),
      remove: (sessionId, requestId) => this.#unlisten(sessionId, requestId),
    };
    return work(await checkControlParams(method, params), {
      face: this.#center.face,
      sessions: this.#sessions,
      signal: request.signal,
      listening,
    });
  }

  async #listen(sessionId: string, { message, era, signal, sink }: ControlRequest): Promise<void> {
    const requestId = message.id.value;
    const key = listenerKey(sessionId, requestId);
    // In the modern era everything belongs to a request, so this one lasts as long as the listener.
    const to = era === "modern" ? sink : undefined;
    const ended = createDeferred<void>();
    const tell = (said: ControlSessionMessage): void => {
      const params = { ...said, _meta: { sessionId, requestId } };
      this.#peer.notify("fairlead/sessions/notification", Buffer.from(JSON.stringify(params)), to);
      if (said.type !== "cancelled" && said.type !== "connectionRevoked") return;
      this.#listeners.delete(key);
      ended.resolve();
    };
    // Whoever uses an id again means the new listener by it.
    this.#listeners.get(key)?.[Symbol.dispose]();
    const listener = this.#sessions.addListener(sessionId, tell);
    this.#listeners.set(key, listener);
    if (era !== "modern") return;
    const onAbort = (): void => listener[Symbol.dispose]();
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    await ended.promise;
    signal.removeEventListener("abort", onAbort);
  }

  #unlisten(sessionId: string, requestId: string | number): void {
    this.#listeners.get(listenerKey(sessionId, requestId))?.[Symbol.dispose]();
  }

  #tellStartups(): void {
    const tell =
      (method: string) =>
      (params: object): void =>
        this.#peer.notify(method, Buffer.from(JSON.stringify(params)));
    this.#startups ??= [
      this.#center.face.onStartupStatus(tell("fairlead/startupStatus/updated")),
      this.#center.face.onAuthStatus(tell("fairlead/authStatus/updated")),
      this.#center.face.onLoginEnd(tell("fairlead/login/completed")),
    ];
  }
}

interface ListenerControl {
  add(sessionId: string): Promise<void>;
  remove(sessionId: string, requestId: string | number): void;
}

interface ControlSurroundings {
  readonly face: ControlCenter["face"];
  readonly sessions: ControlSessions;
  readonly signal: AbortSignal;
  readonly listening: ListenerControl;
}

type Served<Method extends ControlMethodName> = (
  params: CheckedControlParams<Method>,
  surroundings: ControlSurroundings,
) => object | Promise<object>;

const serve: { readonly [Method in ControlMethodName]: Served<Method> } = {
  "fairlead/authStatus": ({ server }, { face }) => face.authStatus(server),
  "fairlead/connectors/list": (_, { face }) => ({ connectors: face.listConnectors() }),
  "fairlead/interrupt": ({ server }, { face }) => ({ count: face.interrupt(server) }),
  "fairlead/login": (params, { face }) => face.login(params),
  "fairlead/logout": ({ server }, { face }) => face.logout(server),
  "fairlead/reload": (_, { face }) => face.reload(),
  "fairlead/restart": async ({ server }, { face }) => {
    await face.restart(server);
    return {};
  },
  "fairlead/servers/list": (_, { face }) => ({ servers: face.listServers() }),
  "fairlead/sessions/addListener": async ({ sessionId }, { listening }) => {
    await listening.add(sessionId);
    return {};
  },
  "fairlead/sessions/connect": ({ sessionId }, { sessions }) => sessions.connect(sessionId),
  "fairlead/sessions/create": (params, { sessions, signal }) => sessions.create(params, signal),
  "fairlead/sessions/interrupt": async ({ sessionId }, { sessions, signal }) => {
    await sessions.interrupt(sessionId, signal);
    return {};
  },
  "fairlead/sessions/list": (_, { sessions }) => ({ sessions: sessions.list() }),
  "fairlead/sessions/removeListener": ({ sessionId, requestId }, { listening }) => {
    listening.remove(sessionId, requestId);
    return {};
  },
  "fairlead/sessions/send": (params, { sessions, signal }) => sessions.send(params, signal),
  "fairlead/sessions/stop": ({ sessionId }, { sessions }) => sessions.stop(sessionId),
};

function listenerKey(sessionId: string, requestId: unknown): string {
  return `${sessionId} ${JSON.stringify(requestId)}`;
}
