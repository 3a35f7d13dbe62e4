import { FairleadError, settlesWithinMs } from "@fairlead/core";
import {
  type CallAnswer,
  parseRange,
  type RelatedCall,
  type ScannedNotification,
  type ScannedRequest,
} from "@fairlead/mcp";
import type { AgentServer } from "../../orchestrator/agent-server.js";
import type { ClientProfile } from "../../orchestrator/open-server.js";
import { controlAnnounced, withExperimental } from "../experimental-capabilities.js";
import { type ForwardedHeaders, headersFor } from "../forwarded-headers.js";
import { anonymousProfile, answerInitialize, readProfile } from "../handshake.js";
import type { MessageSink } from "../message-sink.js";
import { isForwardedNotification, routeOf } from "../method-routes.js";
import { paramsOf } from "../raw-params.js";
import { requireServers } from "../require-servers.js";
import type { AgentRequest, RouteContext } from "../route.js";
import { passLogLevel } from "../routes/logging.js";
import { ServerNotifications } from "../server-notifications.js";
import { ServerRequests } from "../server-requests.js";
import type { AgentDialect, DialectRequest, DialectSurroundings, QuestionContext } from "./agent-dialect.js";
import { createGreetingBacklog } from "./greeting-backlog.js";

/** How long servers may take to agree to a log level before the agent hears that it is set. */
const logLevelPatienceMs = 2_000;

const emptyResult: CallAnswer = { kind: "result", result: Buffer.from("{}") };

/** Agents that shake hands: `initialize` first, then a session in which servers may ask back. */
export class LegacyDialect implements AgentDialect {
  readonly #surroundings: DialectSurroundings;
  readonly #serverRequests: ServerRequests;
  readonly #notifications: ServerNotifications;
  readonly #backlog = createGreetingBacklog();
  #profile: ClientProfile | undefined;
  #levelParams: { readonly params: Buffer | undefined } | undefined;

  constructor(surroundings: DialectSurroundings) {
    this.#surroundings = surroundings;
    this.#serverRequests = new ServerRequests(surroundings.peer);
    this.#notifications = new ServerNotifications(surroundings.peer);
  }

  async answer(request: DialectRequest): Promise<CallAnswer> {
    const { message } = request;
    // Whoever asks something else first does without a greeting.
    if (message.method !== "initialize" && this.#profile === undefined) this.#backlog.open();
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
    if (this.#levelParams === undefined) return;
    void passLogLevel(this.#levelParams.params, server, this.#surroundings.warn);
  }

  pass(message: ScannedNotification, server: AgentServer, related: RelatedCall | undefined): void {
    const isKept = this.#backlog.run(() => this.#notifications.pass(message, sinkOf(related)));
    if (!isKept)
      this.#surroundings.warn(server.name, `${message.method} came before the agent, and was dropped`);
  }

  changed(notification: string): void {
    this.#backlog.run(() => this.#surroundings.peer.notify(notification));
  }

  async ask(message: ScannedRequest, server: AgentServer, context: QuestionContext): Promise<CallAnswer> {
    const { signal, related } = context;
    await this.#backlog.greeted(signal);
    const report = (progress: Buffer): void => server.notify("notifications/progress", progress);
    const { capabilities } = this.#profile ?? anonymousProfile(this.#surroundings.version);
    return this.#serverRequests.ask(message, capabilities, { signal, report, sink: sinkOf(related) });
  }

  close(): void {
    // Sessions of this era just end.
  }

  #toAgentRequest({ message, signal, sink, headers }: DialectRequest): AgentRequest {
    const { peer } = this.#surroundings;
    const onProgress = (progress: Buffer): void => peer.notify("notifications/progress", progress, sink);
    const request: AgentRequest = {
      message,
      params: paramsOf(message),
      era: "legacy",
      signal,
      sink,
      call: (server, call) => {
        const passed = headersFor(server.definition, headers);
        return server.call({ ...call, signal, onProgress, headers: passed, origin: request });
      },
      ask: (method, paramsRaw) => {
        const { capabilities } = this.#profile ?? anonymousProfile(this.#surroundings.version);
        return this.#serverRequests.put({ method, params: paramsRaw }, capabilities, { signal, sink });
      },
    };
    return request;
  }

  async #setLevel({ message, headers }: DialectRequest): Promise<CallAnswer> {
    const params = paramsOf(message);
    this.#notifications.setLevel(params);
    this.#levelParams = { params };
    // Servers that are still starting are told when they are up.
    const { servers } = this.#open(headers);
    const passing = servers.map((server) => passLogLevel(params, server, this.#surroundings.warn));
    // One server that does not answer holds up nobody; what is asked of it later comes behind this all the same.
    await settlesWithinMs(Promise.all(passing), logLevelPatienceMs);
    return emptyResult;
  }

  async #initialize({ message, headers }: DialectRequest): Promise<CallAnswer> {
    if (this.#profile !== undefined) {
      throw new FairleadError("usage", "This agent has initialized already", { reason: "argument_invalid" });
    }
    const params = message.params === undefined ? undefined : parseRange(message.line, message.params);
    this.#profile = readProfile(params, this.#surroundings.version);
    const context = this.#open(headers);
    const answer = await this.#greetAgent(params, context).catch((error: unknown) => {
      // A server that could not be started may be up the next time that the agent tries.
      this.#profile = undefined;
      throw error;
    });
    return answer;
  }

  async #greetAgent(params: unknown, { servers, isSingle }: RouteContext): Promise<CallAnswer> {
    const [only] = servers;
    if (isSingle && only !== undefined) {
      const { initializeResult } = await only.readyAgain();
      return answerInitialize(params, this.#surroundings.version, initializeResult);
    }
    this.#surroundings.start(servers);
    await requireServers(servers.filter((server) => server.definition.required));
    const { control } = this.#surroundings;
    control?.greet(this.#profile?.capabilities ?? {});
    const own = control === undefined ? {} : controlAnnounced;
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
