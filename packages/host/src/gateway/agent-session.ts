import {
  createDeferred,
  FairleadError,
  type StopReport,
  type StopTimes,
  toFairleadError,
} from "@fairlead/core";
import {
  type AgentMessageClass,
  type CallAnswer,
  classifyAgentMessage,
  defaultMaxMessageBytes,
  defaultMaxNameBytes,
  type Era,
  establishedEra,
  findMember,
  messageIdKey,
  parseRange,
  readMessageId,
  type ScannedErrorAnswer,
  type ScannedNotification,
  type ScannedRequest,
  type ScannedResult,
  sliceRange,
} from "@fairlead/mcp";
import { AgentControl } from "../control/agent-control.js";
import type { ControlCenter } from "../control/host-control.js";
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
import type { AgentDialect, DialectSurroundings } from "./dialects/agent-dialect.js";
import { LegacyDialect } from "./dialects/legacy-dialect.js";
import { ModernDialect } from "./dialects/modern-dialect.js";
import { createEgressBudget, type EgressBudget } from "./egress-budget.js";
import { eraMarks } from "./era-marks.js";
import { createFloodWatch, type FloodWatch } from "./flood-watch.js";
import { type ForwardedHeaders, headersFor } from "./forwarded-headers.js";
import { listNotifications } from "./list-notifications.js";
import { loginWarnings } from "./login-warnings.js";
import { createOutputHolds, type HoldOutput } from "./output-holds.js";
import { paramsOf } from "./raw-params.js";
import { removedServerError } from "./removed-server.js";
import type { RouteContext } from "./route.js";
import { toRpcFailure } from "./rpc-failure.js";

const defaultListPatienceMs = 30_000;

/** What the host shares between the sessions of its agents. */
export interface SessionSurroundings extends Omit<HostOptions, "servers"> {
  readonly pool: InstancePool;
  /** @default the agent is not offered the control methods */
  readonly controlCenter?: ControlCenter | undefined;
  /** All that there are at first. */
  readonly servers: readonly ServerDefinition[];
  readonly onClosed: () => void;
}

interface InFlight {
  readonly abort: AbortController;
  readonly settled: Promise<void>;
}

/** One agent: its era, its requests under way, and its hold on servers. */
export class GatewaySession implements AgentSession {
  readonly egress: EgressBudget;
  readonly evicted: Promise<FairleadError>;
  readonly #options: AgentSessionOptions;
  readonly #surroundings: SessionSurroundings;
  readonly #peer: AgentPeer;
  readonly #inFlight = new Set<InFlight>();
  readonly #byId = new Map<string, InFlight>();
  readonly #legacy: LegacyDialect;
  readonly #modern: ModernDialect;
  readonly #control: AgentControl | undefined;
  readonly #floods: FloodWatch;
  #era: Era | undefined;
  #definitions: readonly ServerDefinition[];
  readonly #sandbox: SandboxState;
  #profile: ClientProfile | undefined;
  #headers: ForwardedHeaders | undefined;
  #context: (RouteContext & { servers: readonly AgentServer[] }) | undefined;
  readonly #holds = createOutputHolds();
  /** Servers that were let go of and still finish their calls. */
  readonly #retiring = new Map<AgentServer, Promise<StopReport | undefined>>();
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
    this.#control = controlFor(options, surroundings.controlCenter, this.#peer);
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
    this.#legacy = new LegacyDialect(forDialects);
    this.#modern = new ModernDialect(forDialects);
  }

  serve(message: ScannedRequest, line: RequestLine): Promise<void> {
    const key = messageIdKey(message.id);
    const abort = new AbortController();
    const onGivenUp = (): void => abort.abort(line.signal?.reason);
    if (line.signal?.aborted === true) onGivenUp();
    line.signal?.addEventListener("abort", onGivenUp, { once: true });
    const answered = this.#answer(message, line, abort.signal).catch(toRpcFailure);
    const settled = answered.then((answer) => {
      line.signal?.removeEventListener("abort", onGivenUp);
      this.#inFlight.delete(entry);
      if (this.#byId.get(key) === entry) this.#byId.delete(key);
      // Who took a request back expects no answer to it.
      if (abort.signal.aborted) return;
      this.#peer.respond(message.id, answer, line.sink);
      this.#dialect.answered(message, answer);
    });
    const entry: InFlight = { abort, settled };
    this.#inFlight.add(entry);
    this.#byId.set(key, entry);
    return settled;
  }

  note(message: ScannedNotification): void {
    if (message.method === "notifications/cancelled") {
      const params = paramsOf(message);
      if (params !== undefined) this.#cancel(params);
      return;
    }
    const found = this.#classify(message, false);
    if (found.era === "legacy") this.#legacy.note(message);
    else if (found.era === "modern") this.#modern.note(message);
  }

  settle(answer: ScannedResult | ScannedErrorAnswer): void {
    this.#peer.settle(answer);
  }

  async answersDue(): Promise<void> {
    await Promise.all([...this.#inFlight].map(({ settled }) => settled));
  }

  cancelAll(): void {
    for (const { abort } of this.#inFlight) abort.abort("The agent has disconnected");
  }

  /** Takes another configuration; what has the same definition object runs on, and so does what is launched the same. */
  reload(all: readonly ServerDefinition[]): void {
    this.#definitions = this.#seen(all);
    const context = this.#context;
    const profile = this.#profile;
    if (context === undefined || profile === undefined || this.#closing !== undefined) return;
    const gone = new Map(context.servers.map((server) => [server.name, server]));
    const come: AgentServer[] = [];
    let isOther = false;
    context.servers = this.#definitions.map((definition) => {
      const former = gone.get(definition.name);
      const isSame = former?.definition === definition;
      isOther ||= !isSame;
      if (former !== undefined && (isSame || former.redefine(definition))) {
        gone.delete(definition.name);
        return former;
      }
      const server = this.#attach(definition, profile);
      come.push(server);
      return server;
    });
    if (!isOther && gone.size === 0) return;
    // Calls under way are finished by the copy that they were made at.
    for (const server of gone.values()) this.#retire(server);
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
    const releasing = (this.#context?.servers ?? []).map((server) => server.release({ times }));
    const leaving = this.#control?.close();
    const retiring = [...this.#retiring].map(async ([server, retired]) => {
      // Their calls were taken back, but whatever else they wait for would take its time.
      server.release({ times }).catch(() => {
        // The retirement told it.
      });
      return retired;
    });
    const outcomes = await Promise.allSettled([...releasing, ...retiring]);
    await leaving;
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    // What could be stopped has been by now.
    if (failed !== undefined) throw failed.reason;
    return outcomes.flatMap((outcome) =>
      outcome.status === "fulfilled" && outcome.value !== undefined ? [outcome.value] : [],
    );
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
    this.#era = establishedEra(this.#era, agentMessage, found);
    return found;
  }

  #cancel(params: Buffer): void {
    const whole = { start: 0, end: params.length };
    const idRange = findMember(params, whole, "requestId");
    const id = idRange === undefined ? undefined : readMessageId(sliceRange(params, idRange));
    if (id === undefined) return;
    const reasonRange = findMember(params, whole, "reason");
    const reason = reasonRange === undefined ? undefined : parseRange(params, reasonRange);
    const text = typeof reason === "string" ? reason : "Cancelled by the agent";
    this.#byId.get(messageIdKey(id))?.abort.abort(text);
  }

  #open(profile: ClientProfile, headers: ForwardedHeaders | undefined): RouteContext {
    const { server: only } = this.#options;
    if (only !== undefined && this.#definitions.length === 0) throw removedServerError(only);
    if (this.#context !== undefined) return this.#context;
    const { maxNameBytes, listPatienceMs, resourceTools, approvalStore, onEvent } = this.#surroundings;
    const warn = (server: string, text: string): void => onEvent?.({ type: "warning", server, text });
    this.#profile = profile;
    this.#headers = headers;
    this.#context = {
      isSingle: this.#options.server !== undefined,
      maxNameBytes: maxNameBytes ?? defaultMaxNameBytes,
      listPatienceMs: listPatienceMs ?? defaultListPatienceMs,
      hasResourceTools: resourceTools ?? false,
      sandbox: this.#sandbox,
      approvals: new ApprovalGate({ store: approvalStore ?? createMemoryApprovalStore(), warn }),
      warn,
      servers: this.#definitions.map((definition) => this.#attach(definition, profile)),
    };
    return this.#context;
  }

  #attach(definition: ServerDefinition, profile: ClientProfile): AgentServer {
    const server: AgentServer = this.#surroundings.pool.attach(definition, {
      profile: {
        ...profile,
        requestHeaders: headersFor(definition, this.#headers),
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
          (await this.#dialect.ask(message, server, context).catch((thrown: unknown) => {
            if (context.signal.aborted) throw thrown;
            return toRpcFailure(thrown);
          }));
        return adaptCodexAnswer(paramsOf(message), answer);
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
      for (const warning of loginWarnings(summary)) {
        const server = servers.find(({ name }) => name === warning.server);
        if (server !== undefined) this.#dialect.pass(warning.message, server, undefined);
      }
    });
  }

  #retire(server: AgentServer): void {
    const retiring = server.release({ whenIdle: true, isObsolete: true }).catch((thrown: unknown) => {
      const text = `Its former copy did not stop well: ${toFairleadError(thrown).message}`;
      this.#surroundings.onEvent?.({ type: "warning", server: server.name, text });
      return undefined;
    });
    this.#retiring.set(server, retiring);
    void retiring.then(() => this.#retiring.delete(server));
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
    const holds = (this.#context?.servers ?? []).map((server) => () => server.holdOutput());
    return control === undefined ? holds : [...holds, () => control.hold()];
  }
}

function controlFor(
  { server, principal, mayControl = principal === undefined }: AgentSessionOptions,
  center: ControlCenter | undefined,
  peer: AgentPeer,
): AgentControl | undefined {
  // An endpoint of a single server has that one's methods only.
  if (center?.isOffered !== true || !mayControl || server !== undefined) return undefined;
  return new AgentControl(center, peer, principal ?? "local");
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
