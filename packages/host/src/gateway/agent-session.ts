import { createDeferred, FairleadError, type StopReport, type StopTimes } from "@fairlead/core";
import {
  type AgentMessageClass,
  type CallAnswer,
  classifyAgentMessage,
  defaultMaxMessageBytes,
  defaultMaxNameBytes,
  type Era,
  establishedEra,
  listNotifications,
  type MessageId,
  type ScannedErrorAnswer,
  type ScannedNotification,
  type ScannedRequest,
  type ScannedResult,
} from "@fairlead/mcp";
import type { AgentControl } from "../control/agent-control.js";
import type { ControlCenter } from "../control/host-control.js";
import { openAgentControl } from "../control/open-agent-control.js";
import type { AgentServer } from "../orchestrator/agent-server.js";
import type { HostOptions } from "../orchestrator/host.js";
import type { InstancePool } from "../orchestrator/instance-pool.js";
import type { ClientProfile } from "../orchestrator/open-server.js";
import type { ServerDefinition } from "../orchestrator/server-definition.js";
import { startServers } from "../orchestrator/start-servers.js";
import { ApprovalGate } from "../policy/approval-gate.js";
import { createMemoryApprovalStore } from "../policy/approval-store.js";
import { answerByPolicy } from "../policy/question-policy.js";
import { SandboxState } from "../policy/sandbox-state.js";
import { AgentPeer } from "./agent-peer.js";
import type { AgentSession, AgentSessionOptions, RequestLine } from "./agent-session-port.js";
import { adaptCodexAnswer } from "./codex-decision.js";
import type { AgentDialect, DialectSurroundings, QuestionContext } from "./dialects/agent-dialect.js";
import { LegacyDialect } from "./dialects/legacy-dialect.js";
import { ModernDialect } from "./dialects/modern-dialect.js";
import { createEgressBudget, type EgressBudget } from "./egress-budget.js";
import { eraMarks } from "./era-marks.js";
import { createFloodWatch, type FloodWatch } from "./flood-watch.js";
import { type ForwardedHeaders, headersFor } from "./forwarded-headers.js";
import { HeldServers } from "./held-servers.js";
import { createLoginWarnings, type LoginWarnings } from "./login-warnings.js";
import { mapRoots } from "./map-roots.js";
import { createOutputHolds, type HoldOutput } from "./output-holds.js";
import { paramsOf } from "./raw-params.js";
import { removedServerError } from "./removed-server.js";
import { RequestsUnderWay } from "./requests-under-way.js";
import type { RouteContext } from "./route.js";
import { ResourceRounds } from "./routes/resource-rounds.js";
import { toRpcFailure } from "./rpc-failure.js";

const defaultListPatienceMs = 30_000;

/** What the host shares between the sessions of its agents. */
export interface SessionSurroundings extends Omit<HostOptions, "servers"> {
  readonly pool: InstancePool;
  /** @default the agent is not offered the control methods */
  readonly controlCenter?: ControlCenter | undefined;
  /** All that there are at first. */
  readonly servers: readonly ServerDefinition[];
  /** Which servers offer a login that nobody made, in words. @default none */
  readonly loginOffers?: ReadonlyMap<string, string> | undefined;
  readonly onClosed: () => void;
}

/** One agent: its era, its requests under way, and its hold on servers. */
export class GatewaySession implements AgentSession {
  readonly egress: EgressBudget;
  readonly evicted: Promise<FairleadError>;
  readonly logins: LoginWarnings;
  readonly #options: AgentSessionOptions;
  readonly #surroundings: SessionSurroundings;
  readonly #peer: AgentPeer;
  readonly #requests = new RequestsUnderWay();
  readonly #legacy: LegacyDialect;
  readonly #modern: ModernDialect;
  readonly #control: AgentControl | undefined;
  readonly #floods: FloodWatch;
  #era: Era | undefined;
  #definitions: readonly ServerDefinition[];
  readonly #sandbox: SandboxState;
  #servers: HeldServers | undefined;
  #context: RouteContext | undefined;
  readonly #holds = createOutputHolds();
  #closing: Promise<readonly StopReport[]> | undefined;
  #externalContextUsed = false;

  constructor(options: AgentSessionOptions, surroundings: SessionSurroundings) {
    const evicted = createDeferred<FairleadError>();
    this.#options = options;
    this.#surroundings = surroundings;
    this.#definitions = this.#seen(surroundings.servers);
    this.#sandbox = new SandboxState(surroundings.sandboxState);
    this.evicted = evicted.promise;
    this.#peer = new AgentPeer(options.standing);
    this.#floods = createFloodWatch({
      session: options.label ?? "unnamed",
      warn: (server, text) => surroundings.onEvent?.({ type: "warning", server, text }),
    });
    this.egress = createEgressBudget({
      maxBytes: egressBytes(surroundings),
      onPressure: (isHigh) => {
        if (isHigh) this.#floods.pressed(this.egress.queuedBytes);
        this.#holds.press(isHigh, () => this.#senders());
      },
      onOverflow: (queuedBytes) => evicted.resolve(slowAgentError(queuedBytes)),
    });
    this.#control = openAgentControl(options, surroundings.controlCenter, this.#peer);
    const forDialects: DialectSurroundings = {
      peer: this.#peer,
      egress: this.egress,
      noteMessage: (server, bytes) => this.#floods.note(server, bytes),
      control: this.#control,
      version: surroundings.version,
      isSingle: options.server !== undefined,
      answerPatienceMs: surroundings.answerPatienceMs,
      open: (profile, headers) => this.#open(profile, headers),
      opened: () => this.#context,
      start: (servers) => this.#start(servers),
      warn: (server, text) => surroundings.onEvent?.({ type: "warning", server, text }),
    };
    this.logins = createLoginWarnings({
      offers: surroundings.loginOffers,
      servers: () => this.#servers?.current ?? [],
      pass: (message, server) => this.#dialect.pass(message, server, undefined),
    });
    this.#legacy = new LegacyDialect(forDialects);
    this.#modern = new ModernDialect(forDialects);
  }

  serve(message: ScannedRequest, line: RequestLine): Promise<void> {
    return this.#requests.run(message.id, line.signal, async (signal) => {
      const answer = await this.#answer(message, line, signal).catch(toRpcFailure);
      // Who took a request back expects no answer to it.
      if (signal.aborted) return;
      this.#peer.respond(message.id, answer, line.sink);
      this.#dialect.answered(message, answer);
    });
  }

  note(message: ScannedNotification): void {
    if (message.method === "notifications/cancelled") {
      const params = paramsOf(message);
      if (params !== undefined) this.#requests.cancel(params);
      return;
    }
    const found = this.#classify(message, false);
    if (found.era === "legacy") this.#legacy.note(message);
    else if (found.era === "modern") this.#modern.note(message);
  }

  settle(answer: ScannedResult | ScannedErrorAnswer): void {
    this.#peer.settle(answer);
  }

  settleBroken(id: MessageId, why: string): boolean {
    return this.#peer.settleBroken(id, why);
  }

  answersDue(): Promise<void> {
    return this.#requests.settled();
  }

  cancelAll(): void {
    this.#requests.cancelAll("The agent has disconnected");
  }

  /** Takes another configuration; what is launched the same runs on. */
  reload(all: readonly ServerDefinition[]): void {
    this.#definitions = this.#seen(all);
    if (this.#servers === undefined || this.#closing !== undefined) return;
    const { come, isOther } = this.#servers.exchange(this.#definitions);
    if (!isOther) return;
    this.#start(come);
    for (const notification of new Set(Object.values(listNotifications))) this.#dialect.changed(notification);
  }

  get externalContextUsed(): boolean {
    return this.#externalContextUsed;
  }

  get hasOpenQuestions(): boolean {
    return this.#modern.hasOpenQuestions;
  }

  close(times?: Partial<StopTimes>): Promise<readonly StopReport[]> {
    this.#closing ??= this.#close(times).finally(() => this.#surroundings.onClosed());
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #seen(all: readonly ServerDefinition[]): readonly ServerDefinition[] {
    const { server: only, view } = this.#options;
    const seen = view === undefined ? all : view(all);
    return only === undefined ? seen : seen.filter(({ name }) => name === only);
  }

  async #close(times?: Partial<StopTimes>): Promise<readonly StopReport[]> {
    this.#dialect.close();
    this.cancelAll();
    this.#peer.close();
    const releasing = this.#servers?.release(times) ?? [];
    const leaving = this.#control?.close();
    try {
      return await releasing;
    } finally {
      await leaving;
    }
  }

  async #answer(message: ScannedRequest, line: RequestLine, signal: AbortSignal): Promise<CallAnswer> {
    if (this.#closing !== undefined) {
      throw new FairleadError("unavailable", "This session has been closed", { reason: "transport_closed" });
    }
    const found = this.#classify(message, true);
    if (found.era === "unsupported") {
      return { kind: "error", error: Buffer.from(JSON.stringify(found.error)) };
    }
    const { sink, headers } = line;
    const envelope = found.era === "modern" ? found.envelope : undefined;
    const dialect: AgentDialect = found.era === "modern" ? this.#modern : this.#legacy;
    return dialect.answer({ message, signal, sink, headers, envelope });
  }

  #classify(message: ScannedRequest | ScannedNotification, isRequest: boolean): AgentMessageClass {
    // The legacy era is settled for good by its first message, and nothing more is read for it.
    if (this.#era === "legacy") return { era: "legacy" };
    const agentMessage = { method: message.method, params: eraMarks(message), isRequest };
    const found = classifyAgentMessage(agentMessage, this.#era);
    const before = this.#era;
    this.#era = establishedEra(before, agentMessage, found);
    // What servers said so far waits for a greeting, and in this era there is none.
    if (this.#era !== before && this.#era === "modern") this.#legacy.close();
    return found;
  }

  /** Asks in the agent's era, also where that shows itself only while the question waits. */
  async #ask(message: ScannedRequest, server: AgentServer, context: QuestionContext): Promise<CallAnswer> {
    const dialect = this.#dialect;
    try {
      return await dialect.ask(message, server, context);
    } catch (thrown) {
      if (dialect === this.#dialect || context.signal.aborted) throw thrown;
      return this.#dialect.ask(message, server, context);
    }
  }

  #open(profile: ClientProfile, headers: ForwardedHeaders | undefined): RouteContext {
    const { server: only } = this.#options;
    if (only !== undefined && this.#definitions.length === 0) throw removedServerError(only);
    if (this.#context !== undefined) return this.#context;
    const { maxNameBytes, listPatienceMs, resourceTools, approvalStore, onEvent } = this.#surroundings;
    const warn = (server: string, text: string): void => onEvent?.({ type: "warning", server, text });
    const held = new HeldServers(
      this.#definitions,
      (definition) => this.#attach(definition, profile, headers),
      warn,
    );
    this.#servers = held;
    this.#context = {
      get servers() {
        return held.current;
      },
      isSingle: this.#options.server !== undefined,
      maxNameBytes: maxNameBytes ?? defaultMaxNameBytes,
      listPatienceMs: listPatienceMs ?? defaultListPatienceMs,
      hasResourceTools: resourceTools ?? false,
      resourceRounds: new ResourceRounds(),
      sandbox: this.#sandbox,
      approvals: new ApprovalGate({ store: approvalStore ?? createMemoryApprovalStore(), warn }),
      warn,
    };
    return this.#context;
  }

  #attach(
    definition: ServerDefinition,
    profile: ClientProfile,
    headers: ForwardedHeaders | undefined,
  ): AgentServer {
    const { pool, onEvent } = this.#surroundings;
    const warn = (text: string): void => onEvent?.({ type: "warning", server: definition.name, text });
    const server: AgentServer = pool.attach(definition, {
      profile: {
        ...profile,
        requestHeaders: headersFor(definition, headers),
        sandbox: this.#sandbox,
      },
      onReady: () => this.#dialect.greet(server),
      onNotification: (message, related) => {
        this.#floods.note(definition.name, message.line.length);
        this.#dialect.pass(message, server, related);
      },
      onRequest: async (message, context) => {
        const decided = answerByPolicy(message, server.definition);
        const answer =
          decided ??
          (await this.#ask(message, server, context).catch((thrown: unknown) => {
            if (context.signal.aborted) throw thrown;
            return toRpcFailure(thrown);
          }));
        const { pathMap } = server.definition;
        const mapped = mapRoots(message, answer, { pathMap, warn });
        return adaptCodexAnswer(paramsOf(message), mapped);
      },
      onListChanged: (method) => this.#dialect.changed(listNotifications[method]),
      onExternalCall: () => this.#noteExternalCall(definition.name),
    });
    // It may come while too much waits for the agent already.
    this.#holds.join(() => server.holdOutput());
    return server;
  }

  #start(servers: readonly AgentServer[]): void {
    const starting = startServers(servers, this.#surroundings.onEvent ?? (() => {}));
    void starting.then((summary) => {
      this.#options.onStartup?.(summary);
      this.logins.started(summary);
    });
  }

  #noteExternalCall(server: string): void {
    if (this.#externalContextUsed) return;
    this.#externalContextUsed = true;
    const { principal = "local" } = this.#options;
    this.#surroundings.onEvent?.({ type: "external-context-used", server, principal });
  }

  get #dialect(): AgentDialect {
    return this.#era === "modern" ? this.#modern : this.#legacy;
  }

  #senders(): readonly HoldOutput[] {
    const control = this.#control;
    const holds = (this.#servers?.current ?? []).map((server) => () => server.holdOutput());
    return control === undefined ? holds : [...holds, () => control.hold()];
  }
}

/** Room for any two messages that may come. */
function egressBytes({ maxMessageBytes = defaultMaxMessageBytes, servers }: SessionSurroundings): number {
  const largest = Math.max(maxMessageBytes, ...servers.map((server) => server.maxMessageBytes));
  return Math.max(64 * 1024 * 1024, 2 * largest);
}

function slowAgentError(queuedBytes: number): FairleadError {
  const text = `The agent was let go of: ${queuedBytes} bytes waited for it, and it read none of them fast enough`;
  return new FairleadError("resource_exhausted", text, { reason: "egress_full", details: { queuedBytes } });
}
