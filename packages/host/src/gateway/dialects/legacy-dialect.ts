import { FairleadError, settlesWithinMs, untilAborted } from "@fairlead/core";
import {
  type CallAnswer,
  parseRange,
  type RelatedCall,
  type ScannedNotification,
  type ScannedRequest,
} from "@fairlead/mcp";
import type { AgentServer } from "../../orchestrator/agent-server.js";
import type { ClientProfile } from "../../orchestrator/open-server.js";
import { withheldByPolicy } from "../../policy/question-policy.js";
import { controlAnnounced, withExperimental } from "../experimental-capabilities.js";
import { type ForwardedHeaders, headersFor } from "../forwarded-headers.js";
import { anonymousProfile, answerInitialize, readProfile } from "../handshake.js";
import { holdServer } from "../hold-server.js";
import type { MessageSink } from "../message-sink.js";
import { isForwardedNotification, routeOf } from "../method-routes.js";
import { paramsOf, readText } from "../raw-params.js";
import { requireServers } from "../require-servers.js";
import type { AgentRequest, RouteContext } from "../route.js";
import { logLevelPatienceMs, passLogLevel } from "../routes/logging.js";
import { ServerNotifications } from "../server-notifications.js";
import { ServerRequests } from "../server-requests.js";
import { cannotAskError, refuseUnannounced } from "../unannounced.js";
import type { AgentDialect, DialectRequest, DialectSurroundings, QuestionContext } from "./agent-dialect.js";
import { createGreetingBacklog, type GreetingBacklog } from "./greeting-backlog.js";
import { LegacySubscriptions } from "./legacy-subscriptions.js";

const emptyResult: CallAnswer = { kind: "result", result: Buffer.from("{}") };

/** Agents that shake hands: `initialize` first, then a session in which servers may ask back. */
export class LegacyDialect implements AgentDialect {
  readonly #surroundings: DialectSurroundings;
  readonly #serverRequests: ServerRequests;
  readonly #notifications: ServerNotifications;
  readonly #backlog: GreetingBacklog;
  readonly #subscriptions: LegacySubscriptions;
  #profile: ClientProfile | undefined;
  #levelParams: { readonly params: Buffer | undefined } | undefined;

  constructor(surroundings: DialectSurroundings) {
    this.#surroundings = surroundings;
    this.#serverRequests = new ServerRequests(surroundings.peer);
    this.#notifications = new ServerNotifications(surroundings.peer);
    this.#subscriptions = new LegacySubscriptions(surroundings);
    this.#backlog = createGreetingBacklog({
      egress: surroundings.egress,
      onDropped: ({ server, method }) => {
        const text = `More came before the agent was greeted than is kept for it: from this ${method} on, messages were dropped`;
        surroundings.warn(server, text);
      },
    });
  }

  async answer(request: DialectRequest): Promise<CallAnswer> {
    const { message } = request;
    // Whoever asks something else first does without a greeting; a ping only looks whether we are there.
    const mayBeFirst = message.method === "initialize" || message.method === "ping";
    if (!mayBeFirst && this.#profile === undefined) this.#backlog.open();
    const { control } = this.#surroundings;
    if (control?.isMethod(message.method) === true) {
      return control.answer(message.method, { ...request, era: "legacy" });
    }
    switch (message.method) {
      case "initialize":
        return this.#initialize(request);
      case "ping":
        return emptyResult;
      case "logging/setLevel":
        return this.#setLevel(request);
      case "resources/unsubscribe":
        return this.#unsubscribe(request);
      default: {
        const context = this.#open(request.headers);
        return routeOf(message.method, context)(this.#toAgentRequest(request), context);
      }
    }
  }

  answered({ method }: ScannedRequest, { kind }: CallAnswer): void {
    if (method === "initialize" && kind === "result") this.#backlog.open();
  }

  note(message: ScannedNotification): void {
    const params = paramsOf(message);
    if (message.method === "notifications/initialized") return;
    if (message.method === "notifications/progress") {
      if (params !== undefined) this.#serverRequests.progress(params);
      return;
    }
    if (!isForwardedNotification(message.method)) return;
    const servers = configuredServers(this.#surroundings.opened());
    // Roots concern every server; a notification of somebody's own can only be for the only one there is.
    if (message.method !== "notifications/roots/list_changed" && servers.length > 1) return;
    for (const server of servers) server.notify(message.method, params);
  }

  greet(server: AgentServer): void {
    this.#subscriptions.renew(server);
    if (this.#levelParams === undefined) return;
    void passLogLevel(this.#levelParams.params, server, this.#surroundings.warn);
  }

  pass(message: ScannedNotification, server: AgentServer, related: RelatedCall | undefined): void {
    const { method, line } = message;
    const tell = (): void => this.#notifications.pass(message, sinkOf(related));
    this.#backlog.run({ server: server.name, method, bytes: line.length, tell });
  }

  changed(method: string): void {
    const tell = (): void => this.#surroundings.peer.notify(method);
    this.#backlog.run({ server: "gateway", method, bytes: method.length, tell });
  }

  async ask(message: ScannedRequest, server: AgentServer, context: QuestionContext): Promise<CallAnswer> {
    const { signal, related } = context;
    await this.#backlog.greeted(signal);
    const report = (progress: Buffer): void => server.notify("notifications/progress", progress);
    const { capabilities } = this.#profile ?? anonymousProfile(this.#surroundings.version);
    return this.#serverRequests.ask(message, capabilities, { signal, report, sink: sinkOf(related) });
  }

  close(): void {
    // Sessions of this era just end; whoever waits for the agent's greeting learns that there will be none.
    this.#backlog.close();
  }

  #toAgentRequest({ message, signal, sink, headers }: DialectRequest): AgentRequest {
    const { peer, noteMessage } = this.#surroundings;
    const request: AgentRequest = {
      message,
      params: paramsOf(message),
      era: "legacy",
      signal,
      sink,
      call: (server, call) => {
        const passed = headersFor(server.definition, headers);
        const onProgress = (progress: Buffer): void => {
          noteMessage(server.name, progress.length);
          peer.notify("notifications/progress", progress, sink);
        };
        const answer = server.call({ ...call, signal, onProgress, headers: passed, origin: request });
        return answer.then((given) => {
          if (given.kind === "result") this.#subscriptions.note(server, call);
          return withheldByPolicy(given, server.definition);
        });
      },
      ask: async (method, params) => {
        const { capabilities } = this.#profile ?? anonymousProfile(this.#surroundings.version);
        const refused = refuseUnannounced({ method, params }, capabilities);
        if (refused !== undefined) throw cannotAskError(method, refused);
        return this.#serverRequests.put({ method, params }, capabilities, { signal, sink });
      },
    };
    return request;
  }

  async #setLevel(request: DialectRequest): Promise<CallAnswer> {
    const { message, headers } = request;
    const params = paramsOf(message);
    const context = this.#open(headers);
    const [only] = context.servers;
    const isUp = context.isSingle && only?.connection !== undefined;
    // What a server answers that has no levels is its own affair.
    if (isUp && !only.announces("logging")) {
      return routeOf(message.method, context)(this.#toAgentRequest(request), context);
    }
    this.#notifications.setLevel(params);
    this.#levelParams = { params };
    // Servers that are still starting are told when they are up.
    const passing = context.servers.map((server) => passLogLevel(params, server, this.#surroundings.warn));
    // One server that does not answer holds up nobody; what is asked of it later comes behind this all the same.
    await settlesWithinMs(Promise.all(passing), logLevelPatienceMs);
    return emptyResult;
  }

  /** Whoever may own a resource by now, it is taken back where it was subscribed to. */
  async #unsubscribe(request: DialectRequest): Promise<CallAnswer> {
    const context = this.#open(request.headers);
    const agentRequest = this.#toAgentRequest(request);
    const { params } = agentRequest;
    const { method } = request.message;
    const server = this.#subscriptions.serverOf(readText(params, ["uri"]));
    if (server === undefined) return routeOf(method, context)(agentRequest, context);
    return holdServer(server, () => agentRequest.call(server, { method, params }));
  }

  async #initialize({ message, headers, signal }: DialectRequest): Promise<CallAnswer> {
    if (this.#profile !== undefined) {
      throw new FairleadError("usage", "This agent has initialized already", { reason: "argument_invalid" });
    }
    const params = message.params === undefined ? undefined : parseRange(message.line, message.params);
    const profile = readProfile(params, this.#surroundings.version);
    this.#profile = profile;
    // The agent may try again: it took this one back, or a server that could not be started may be up then.
    const forget = (): void => {
      if (this.#profile === profile) this.#profile = undefined;
    };
    signal.addEventListener("abort", forget, { once: true });
    try {
      const answer = await untilAborted(this.#greetAgent(params, headers), signal, "initialize");
      this.#surroundings.control?.greet(profile.capabilities);
      return answer;
    } catch (error) {
      forget();
      throw error;
    } finally {
      signal.removeEventListener("abort", forget);
    }
  }

  async #greetAgent(params: unknown, headers: ForwardedHeaders | undefined): Promise<CallAnswer> {
    const { servers, isSingle } = this.#open(headers);
    const [only] = servers;
    if (isSingle && only !== undefined) {
      const { initializeResult } = await only.readyAgain();
      return answerInitialize(params, this.#surroundings.version, initializeResult);
    }
    this.#surroundings.start(servers);
    await requireServers(servers.filter((server) => server.definition.required));
    const own = this.#surroundings.control === undefined ? {} : controlAnnounced;
    return withExperimental(answerInitialize(params, this.#surroundings.version), servers, own);
  }

  #open(headers: ForwardedHeaders | undefined): RouteContext {
    const profile = this.#profile ?? anonymousProfile(this.#surroundings.version);
    return this.#surroundings.open(profile, headers);
  }
}

/** The servers that an agent knows of, without those that are part of Fairlead. */
export function configuredServers(context: RouteContext | undefined): readonly AgentServer[] {
  return (context?.servers ?? []).filter(({ definition }) => definition.origin !== "built-in");
}

function sinkOf(related: RelatedCall | undefined): MessageSink | undefined {
  return (related?.call.origin as AgentRequest | undefined)?.sink;
}
