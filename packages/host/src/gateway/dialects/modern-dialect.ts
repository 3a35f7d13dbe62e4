import {
  type CallAnswer,
  type ControlMethodName,
  completeModernResult,
  isListenedNotification,
  isLogWanted,
  isRemovedNotification,
  isRemovedRequest,
  type RelatedCall,
  type RpcErrorObject,
  removedMethodError,
  rpcError,
  type ScannedNotification,
  type ScannedRequest,
  toLegacyParams,
} from "@fairlead/mcp";
import type { AgentControl } from "../../control/agent-control.js";
import type { AgentServer } from "../../orchestrator/agent-server.js";
import { withheldByPolicy } from "../../policy/question-policy.js";
import { controlAnnounced, withExperimental } from "../experimental-capabilities.js";
import { headersFor } from "../forwarded-headers.js";
import { anonymousProfile, serverInfo } from "../handshake.js";
import { ModernListeners } from "../listen/modern-listeners.js";
import { isForwardedNotification, routeOf } from "../method-routes.js";
import type { AgentCall } from "../questions/agent-call.js";
import { AgentCalls } from "../questions/agent-calls.js";
import { emptyEnvelope, readTokenRaw, withToken } from "../questions/agent-round.js";
import { askAgent } from "../questions/ask-agent.js";
import { paramsOf, readText } from "../raw-params.js";
import { requireServers } from "../require-servers.js";
import type { AgentRequest, RouteContext } from "../route.js";
import { cannotAskError } from "../unannounced.js";
import type { AgentDialect, DialectRequest, DialectSurroundings, QuestionContext } from "./agent-dialect.js";
import { configuredServers } from "./legacy-dialect.js";
import { answerDiscover, type DiscoveredServer, describeMerged, describeSingle } from "./modern-discovery.js";
import { forwardModern } from "./modern-forward.js";
import { ModernLogLevels } from "./modern-log-levels.js";

/**
 * Agents without a handshake: every request says who asks, in `_meta`, and a question to the agent is the answer to one of
 * its requests, which it then repeats.
 */
export class ModernDialect implements AgentDialect {
  readonly #surroundings: DialectSurroundings;
  readonly #calls: AgentCalls;
  readonly #callOfRequest = new WeakMap<object, AgentCall>();
  readonly #levels: ModernLogLevels;
  readonly #listeners: ModernListeners;
  /** Whether the servers that the agent cannot do without were all up once. */
  #hasRequired = false;

  constructor(surroundings: DialectSurroundings) {
    this.#surroundings = surroundings;
    this.#calls = new AgentCalls({ parkedMs: surroundings.answerPatienceMs });
    this.#levels = new ModernLogLevels(surroundings.warn);
    this.#listeners = new ModernListeners(surroundings);
  }

  /** Whether calls wait for the agent to come back with answers. */
  get hasOpenQuestions(): boolean {
    return this.#calls.parkedCount > 0;
  }

  async answer(request: DialectRequest): Promise<CallAnswer> {
    const { method } = request.message;
    if (isRemovedRequest(method)) return toError(removedMethodError(method));
    if (method === "server/discover") return this.#discover(request);
    const { control } = this.#surroundings;
    control?.greet(request.envelope?.capabilities ?? {});
    if (control?.isMethod(method) === true) return this.#answerControl(control, method, request);
    const context = this.#open(request);
    if (method === "subscriptions/listen") return this.#listen(request, context);
    const { message, sink, signal, envelope = emptyEnvelope } = request;
    const params = paramsOf(message);
    const subject = { method, target: readText(params, ["name"]) ?? readText(params, ["uri"]) };
    const round = { envelope, sink, signal, tokenRaw: readTokenRaw(params) };
    return this.#calls.serve({ ...round, subject, params }, (call) => this.#work(call, request, context));
  }

  answered(): void {
    // This era has no greeting.
  }

  note(message: ScannedNotification): void {
    if (isRemovedNotification(message.method) || !isForwardedNotification(message.method)) return;
    const servers = configuredServers(this.#surroundings.opened());
    const [only] = servers;
    if (only === undefined || servers.length > 1) return;
    const params = paramsOf(message);
    only.notify(message.method, params === undefined ? undefined : toLegacyParams(params));
  }

  greet(): void {
    // What its requests wished for is wished again by the orchestrator.
  }

  pass(message: ScannedNotification, _server: AgentServer, related: RelatedCall | undefined): void {
    const { method } = message;
    const params = paramsOf(message);
    if (isListenedNotification(method)) return this.#listeners.pass(method, params);
    if (isRemovedNotification(method)) return;
    const call = this.#callOf(related);
    if (method === "notifications/message") {
      // A log message that belongs to no request has no place in this era.
      if (call !== undefined && isLogWanted(readText(params, ["level"]), call.envelope.logLevel)) {
        this.#surroundings.peer.notify(method, params, call.sink);
      }
      return;
    }
    if (call !== undefined) this.#surroundings.peer.notify(method, params, call.sink);
    else if (this.#surroundings.opened()?.isSingle === true) this.#surroundings.peer.notify(method, params);
  }

  ask(
    message: ScannedRequest,
    server: AgentServer,
    { signal, related }: QuestionContext,
  ): Promise<CallAnswer> {
    const asking = { method: message.method, params: paramsOf(message), signal };
    if (related === undefined) return askAgent(asking, { server, calls: this.#calls });
    const call = this.#callOf(related);
    return askAgent(asking, call === undefined ? undefined : { call });
  }

  changed(notification: string): void {
    this.#listeners.pass(notification, undefined);
    const context = this.#surroundings.opened();
    // A reload may have put another copy in the place of a server that was subscribed to.
    if (context !== undefined) this.#listeners.renew(context);
  }

  close(): void {
    this.#listeners.close();
    this.#calls.close();
  }

  async #discover(request: DialectRequest): Promise<CallAnswer> {
    const context = this.#surroundings.isSingle ? this.#open(request) : undefined;
    const [only] = context?.servers ?? [];
    const facts = only === undefined ? undefined : (await only.readyAgain()).initializeResult;
    const answer = answerDiscover(this.#surroundings.version, facts);
    return this.#surroundings.control === undefined ? answer : withExperimental(answer, [], controlAnnounced);
  }

  async #answerControl(
    control: AgentControl,
    method: ControlMethodName,
    { message, signal, sink }: DialectRequest,
  ): Promise<CallAnswer> {
    const answer = await control.answer(method, { message, era: "modern", signal, sink });
    if (answer.kind === "error") return answer;
    const identity = serverInfo(this.#surroundings.version);
    return { kind: "result", result: completeModernResult(method, answer.result, identity) };
  }

  async #listen({ message, sink, signal }: DialectRequest, context: RouteContext): Promise<CallAnswer> {
    // Only servers that run can say that something changed.
    this.#surroundings.start(context.servers);
    const { capabilities } = await this.#describe(context);
    return this.#listeners.listen({ message, sink, signal }, { context, capabilities });
  }

  async #work(call: AgentCall, request: DialectRequest, context: RouteContext): Promise<CallAnswer> {
    const { message } = request;
    await this.#require(context);
    const { serverInfo } = await this.#describe(context);
    const finished = new WeakSet<Buffer>();
    const agentRequest = this.#toAgentRequest(call, request, async (server, forwarded, send) => {
      const options = { call, levels: this.#levels, serverInfo, send };
      const answer = await forwardModern(server, forwarded, options);
      if (answer.kind === "result") finished.add(answer.result);
      return answer;
    });
    const answer = await routeOf(message.method, context)(agentRequest, context);
    if (answer.kind === "error" || finished.has(answer.result)) return answer;
    // What we put together ourselves lacks what the era wants to find in it.
    return { kind: "result", result: completeModernResult(message.method, answer.result, serverInfo) };
  }

  /** As in `initialize` of the other era: an agent that has begun its work is not stopped by what happens later. */
  async #require({ servers }: RouteContext): Promise<void> {
    if (this.#hasRequired) return;
    await requireServers(servers.filter((server) => server.definition.required));
    this.#hasRequired = true;
  }

  #toAgentRequest(
    call: AgentCall,
    { message, headers }: DialectRequest,
    forward: (...args: ForwardArguments) => Promise<CallAnswer>,
  ): AgentRequest {
    const { peer, noteMessage } = this.#surroundings;
    const { signal, sink } = call;
    const report = (server: AgentServer, progress: Buffer): void => {
      const { tokenRaw } = call;
      if (tokenRaw === undefined) return;
      noteMessage(server.name, progress.length);
      peer.notify("notifications/progress", withToken(progress, tokenRaw), sink);
    };
    const request: AgentRequest = {
      message,
      params: paramsOf(message),
      era: "modern",
      signal,
      sink,
      call: (server, forwarded) =>
        forward(server, forwarded, async (to, toSend) => {
          const passed = headersFor(to.definition, headers);
          const onProgress = (progress: Buffer): void => report(to, progress);
          const answer = await to.call({ ...toSend, signal, onProgress, headers: passed, origin: request });
          return withheldByPolicy(answer, to.definition);
        }),
      ask: async (method, params) => {
        const answer = await askAgent({ method, params, signal }, { call });
        if (answer.kind === "error") throw cannotAskError(method, answer);
        return answer;
      },
    };
    this.#callOfRequest.set(request, call);
    return request;
  }

  #callOf(related: RelatedCall | undefined): AgentCall | undefined {
    const origin = related?.call.origin;
    return origin === undefined ? undefined : this.#callOfRequest.get(origin);
  }

  async #describe({ isSingle, servers }: RouteContext): Promise<DiscoveredServer> {
    const [only] = servers;
    if (!isSingle || only === undefined) return describeMerged(this.#surroundings.version);
    return describeSingle((await only.readyAgain()).initializeResult);
  }

  /** The first request that needs servers decides what they are told of the agent. */
  #open({ envelope, headers }: DialectRequest): RouteContext {
    const anonymous = anonymousProfile(this.#surroundings.version);
    const profile = {
      clientInfo: envelope?.clientInfo ?? anonymous.clientInfo,
      capabilities: envelope?.capabilities ?? {},
    };
    return this.#surroundings.open(profile, headers);
  }
}

type ForwardArguments = [
  server: AgentServer,
  forwarded: Parameters<AgentRequest["call"]>[1],
  send: Parameters<typeof forwardModern>[2]["send"],
];

function toError({ code, message, data }: RpcErrorObject): CallAnswer {
  return rpcError(code, message, data);
}
