import type { StopReport, StopTimes } from "@fairlead/core";
import type { CallAnswer, ListedItem, ListMethod, McpCall, McpConnection } from "@fairlead/mcp";
import type { ReleaseOptions, ServerConsumer } from "./agent-server.js";
import { CallSender } from "./call-sender.js";
import type { CatalogueStore } from "./catalogue-store.js";
import type { HostEventHandler } from "./host-event.js";
import { Member } from "./member.js";
import type { ClientProfile } from "./open-server.js";
import { createOutputHold } from "./output-hold.js";
import type { RestartTimes } from "./restart-policy.js";
import type { ServerDefinition } from "./server-definition.js";
import { type ListUse, ServerLists } from "./server-lists.js";
import type { ServerRun } from "./server-run.js";
import type { CopyStatus } from "./server-status.js";
import { ServerSupervisor } from "./server-supervisor.js";
import { ServerTraffic } from "./server-traffic.js";
import type { StartGate } from "./start-gate.js";
import { stoppedError } from "./supervision-errors.js";
import { createToolFilter } from "./tool-filter.js";

/** What a supervised server works with. */
export interface SupervisedServerOptions {
  readonly definition: ServerDefinition;
  /** What it is told of the several agents behind it; undefined where it is one agent's own. */
  readonly sharedProfile: ClientProfile | undefined;
  readonly gate: StartGate;
  readonly onEvent: HostEventHandler;
  readonly restartTimes: RestartTimes;
  readonly catalogue: CatalogueStore | undefined;
  /** Names it in the catalogue; undefined keeps it out. */
  readonly storeKey: string | undefined;
  /** Told when nobody uses it any more and nothing of it is kept. */
  readonly onUnused: () => void;
}

/** How a list is asked for. */
export interface ListOptions {
  /** Waits for the server, as long as the list is worth it. */
  readonly isReadyInTime: () => Promise<boolean>;
  /** For server and list together, in milliseconds. @default as long as it takes */
  readonly patienceMs?: number;
  readonly use: ListUse;
}

/** How a member is let go of: see `ReleaseOptions`. */
export interface LeaveOptions {
  readonly whenIdle: boolean;
  readonly isObsolete: boolean;
  /** Asked when it comes to the stop. */
  readonly times: () => ReleaseOptions["times"];
}

/** A copy that agents share is kept for so long after the last one left: the next one often comes soon. */
const sharedIdleMs = 5 * 60_000;

/** One copy of a server together with everybody who uses it. */
export class SupervisedServer {
  readonly #options: SupervisedServerOptions;
  readonly #members = new Set<Member>();
  readonly #output = createOutputHold(this.#members, () => this.connection);
  readonly #supervisor: ServerSupervisor;
  readonly #lists: ServerLists;
  readonly #traffic: ServerTraffic;
  readonly #sender: CallSender;
  #definition: ServerDefinition;
  #showsTool: (rawName: string) => boolean;
  /** Configuration launches it no more. */
  #isObsolete = false;

  constructor(options: SupervisedServerOptions) {
    const { definition, onEvent } = options;
    const server = definition.name;
    const warn = (text: string): void => onEvent({ type: "warning", server, text });
    this.#definition = definition;
    this.#options = options;
    const latest = (): ServerDefinition => this.#definition;
    this.#showsTool = createToolFilter(definition);
    this.#lists = new ServerLists({
      store: options.storeKey === undefined ? undefined : options.catalogue,
      storeKey: options.storeKey ?? "",
      pageTimeoutMs: () => latest().startupTimeoutMs,
      members: () => this.#members,
      warn,
      onDiffers: (member, list) => {
        onEvent({ type: "list-changed", server, list, isTold: false });
        member.consumer.onListChanged(list);
      },
    });
    this.#traffic = new ServerTraffic({
      name: server,
      isShared: this.isShared,
      members: this.#members,
      lists: this.#lists,
      connection: () => this.connection,
      warn,
      onListTold: (list) => onEvent({ type: "list-changed", server, list, isTold: true }),
    });
    this.#supervisor = new ServerSupervisor({
      ...options,
      definition: latest,
      profile: () => this.#profile(),
      isWanted: () => this.isWanted,
      restAfterMs: () => this.#restAfterMs(),
      onUp: (run, connection, isRestart) => this.#cameUp(run, connection, isRestart),
      onDown: () => {
        // What the former run still has to finish, it must be able to say.
        this.#output.release();
        this.#lists.ended();
      },
      onQuiet: () => {
        // Who is leaving still waits for calls, and ends it after them.
        if (this.#members.size === 0) options.onUnused();
      },
      handlers: (run) => ({
        onNotification: (message, related) =>
          this.#traffic.notified(run(), message, {
            related,
            isCurrent: this.#supervisor.isCurrent(run()),
          }),
        onRequest: (message, context) => this.#traffic.ask(run(), message, context),
      }),
    });
    this.#sender = new CallSender(this.#supervisor, definition);
  }

  /** What it is started with, and goes by. */
  get definition(): ServerDefinition {
    return this.#definition;
  }

  /** Goes by another definition from now on, of the same launch. Who uses it has filters and time limits of its own. */
  redefine(definition: ServerDefinition): void {
    if (this.#definition === definition) return;
    this.#definition = definition;
    this.#showsTool = createToolFilter(definition);
    this.#sender.redefine(definition);
    this.#supervisor.redefined();
  }

  /** Whether several agents may use it. */
  get isShared(): boolean {
    return this.#options.sharedProfile !== undefined;
  }

  /** The connection, if it is up now. */
  get connection(): McpConnection | undefined {
    return this.#supervisor.connection;
  }

  /** Whether no agent holds it. */
  get isUnused(): boolean {
    return this.#members.size === 0;
  }

  /** Whether some agent holds it that is not only waiting for its last calls. */
  get isWanted(): boolean {
    for (const { isLeaving } of this.#members) if (!isLeaving) return true;
    return false;
  }

  get status(): CopyStatus {
    return {
      ...this.#supervisor.status,
      consumerCount: this.#members.size,
      toolCount: this.#lists.countTools(this.#showsTool),
    };
  }

  /** Lets an agent take part. */
  join(consumer: ServerConsumer): Member {
    const member = new Member(consumer);
    this.#members.add(member);
    this.#isObsolete = false;
    this.#output.reconsider();
    this.#supervisor.reconsider();
    const { connection } = this;
    if (connection !== undefined) queueMicrotask(() => this.#greet(member, connection));
    return member;
  }

  /** See `AgentServer.ready` and `readyAgain`. */
  async ready(isNewTry: boolean): Promise<McpConnection> {
    const run = await this.#supervisor.up(isNewTry);
    return run.started;
  }

  /** See `AgentServer.call`. Cancelling it is up to the call's own signal. */
  async call(member: Member, call: McpCall): Promise<CallAnswer> {
    const leave = this.#supervisor.occupy();
    try {
      // A wish that is noted before the start would be told twice.
      if (call.method === "logging/setLevel") await this.#sender.up(call.signal);
      return await this.#traffic.call(member, call, (joined) => this.#sender.send(member, joined));
    } finally {
      leave();
    }
  }

  /** See `AgentServer.notify`. */
  notify(method: string, params: Uint8Array | undefined): void {
    // Nobody announced roots for the agents behind a shared copy, so a change of them means nothing to it.
    if (this.isShared && method === "notifications/roots/list_changed") return;
    this.connection?.notify(method, params);
  }

  /** See `AgentServer.listNow`. */
  async list(
    method: ListMethod,
    member: Member,
    { isReadyInTime, patienceMs, use }: ListOptions,
  ): Promise<readonly ListedItem[] | undefined> {
    const sinceMs = performance.now();
    if (this.connection === undefined) {
      const known = await this.#lists.recall(method, member);
      if (known !== undefined && this.connection === undefined) {
        // Whoever looks at its list is likely to call it soon.
        if (this.#supervisor.isUntried) this.ready(false).catch(() => {});
        member.given.set(method, known);
        return known;
      }
    }
    let isReady = false;
    try {
      isReady = await isReadyInTime();
    } finally {
      // Whoever gets nothing is told once there is something.
      if (!isReady) member.given.set(method, null);
    }
    if (!isReady) return undefined;
    const ends = [this.#supervisor.occupy()];
    try {
      const run = await this.#supervisor.up(false);
      ends.push(run.occupy());
      const wanted = { method, member, connection: await run.started };
      const leftMs = patienceMs === undefined ? undefined : patienceMs - (performance.now() - sinceMs);
      const items = await this.#lists.read(use, wanted, leftMs);
      const { connection } = this;
      // It was replaced meanwhile, and its successor may have another list.
      if (connection !== undefined && !this.#supervisor.isCurrent(run)) {
        void this.#lists.compare({ method, member, connection });
      }
      return items;
    } finally {
      for (const end of ends) end();
    }
  }

  /** See `ServerSupervisor.occupy`. */
  occupy(): () => void {
    return this.#supervisor.occupy();
  }

  /** Looks anew whose slowness the server's output waits for. */
  holdOutput(member: Member, change: 1 | -1): void {
    member.outputHolds += change;
    this.#output.reconsider();
  }

  /** Lets a member go. @returns what a stop did, undefined if nothing had to be stopped */
  async leave(
    member: Member,
    { times, whenIdle, isObsolete }: LeaveOptions,
  ): Promise<StopReport | undefined> {
    member.isLeaving = true;
    this.#isObsolete ||= isObsolete;
    if (whenIdle) await member.whenIdle();
    else member.cancelCalls(stoppedError(this.definition.name));
    if (!this.#members.has(member)) return undefined;
    const isLast = this.#members.size === 1;
    if (!this.isShared || (this.#isObsolete && isLast)) return this.#endWith(member, times());
    void this.#traffic.leave(member, this.connection);
    this.#members.delete(member);
    this.#lists.left(member);
    this.#output.reconsider();
    this.#supervisor.reconsider();
    return undefined;
  }

  /** Cancels every call under way. @returns how many there were */
  interrupt(reason: string): number {
    let count = 0;
    for (const member of this.#members) count += member.cancelCalls(reason);
    return count;
  }

  /** See `ServerSupervisor.restart`. */
  restart(): Promise<void> {
    return this.#supervisor.restart();
  }

  /** Stops everything of it, for good. Calling it again gives the same reports. */
  async close(times?: Partial<StopTimes>): Promise<readonly StopReport[]> {
    try {
      return await this.#supervisor.close(times);
    } finally {
      await this.#lists.flushed();
    }
  }

  async #endWith(last: Member, times: ReleaseOptions["times"]): Promise<StopReport | undefined> {
    const closing = this.close(times);
    // Nobody must join a copy that is being stopped.
    if (this.isShared) this.#options.onUnused();
    try {
      const [report] = await closing;
      return report;
    } finally {
      this.#members.delete(last);
      this.#options.onUnused();
    }
  }

  #cameUp(run: ServerRun, connection: McpConnection, isRestart: boolean): void {
    this.#output.reconsider();
    this.#traffic.restore(connection, isRestart);
    void this.#lists.compareAll(connection).finally(run.occupy());
    for (const member of this.#members) this.#greet(member, connection);
  }

  /** Tells a member that its server is up, so that it can wish for what it wants of it. */
  #greet(member: Member, connection: McpConnection): void {
    const isThere = this.#members.has(member) && !member.isLeaving;
    if (isThere && this.connection === connection) member.consumer.onReady();
  }

  #profile(): ClientProfile {
    const [first] = this.#members;
    const { sharedProfile } = this.#options;
    if (sharedProfile !== undefined) return sharedProfile;
    if (first === undefined) throw stoppedError(this.definition.name);
    return first.consumer.profile;
  }

  #restAfterMs(): number | undefined {
    const { idleTimeoutMs } = this.definition;
    if (this.#members.size === 0) return idleTimeoutMs ?? sharedIdleMs;
    // Whoever subscribed waits for what the server says without being called.
    const isListenedTo = [...this.#members].some(({ uris }) => uris.size > 0);
    return isListenedTo ? undefined : idleTimeoutMs;
  }
}
