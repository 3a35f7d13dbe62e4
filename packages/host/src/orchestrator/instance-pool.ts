import { type StopReport, type StopTimes, toFairleadError } from "@fairlead/core";
import type { SandboxState } from "../policy/sandbox-state.js";
import type { AgentServer, ServerConsumer } from "./agent-server.js";
import type { CatalogueStore } from "./catalogue-store.js";
import type { HostEventHandler } from "./host-event.js";
import type { ClientProfile } from "./open-server.js";
import { defaultRestartTimes, type RestartTimes } from "./restart-policy.js";
import type { ServerDefinition } from "./server-definition.js";
import { ServerHold } from "./server-hold.js";
import { type CopyStatus, type ServerStatus, toServerStatus } from "./server-status.js";
import type { StartGate } from "./start-gate.js";
import { SupervisedServer } from "./supervised-server.js";
import { stoppedError } from "./supervision-errors.js";

/** What all servers of a host share. */
export interface InstancePoolOptions {
  readonly gate: StartGate;
  readonly onEvent: HostEventHandler;
  /** Fairlead's own, told to servers that several agents share. */
  readonly version: string;
  /** What those may do that several agents share. @default nobody says */
  readonly sandbox?: SandboxState | undefined;
  /** Whether there is only ever one agent, so that servers may know it even where their policy is to be shared. @default false */
  readonly hasSoleAgent?: boolean | undefined;
  /** Keeps lists beyond the host's end. @default they are remembered in memory only */
  readonly catalogue?: CatalogueStore | undefined;
  /** @default see `defaultRestartTimes` */
  readonly restartTimes?: Partial<RestartTimes> | undefined;
}

/** Every running copy of every server of a host. Whoever made it closes it, which stops them all. */
export interface InstancePool extends AsyncDisposable {
  /**
   * Gives an agent a hold on a server, which is started when first needed. Release it when the agent leaves. With
   * `share = "all"` agents whose definitions have the same name and instance key get the same copy, unless headers of their
   * own may go with it; else each gets its own.
   */
  attach(definition: ServerDefinition, consumer: ServerConsumer): AgentServer;
  /**
   * Takes another configuration: copies that are only kept for a next agent go by it, and end where none of its definitions
   * has the same launch. Those in use end with their last agent, see `ReleaseOptions.isObsolete`.
   */
  reload(definitions: readonly ServerDefinition[]): void;
  /** How the named servers are doing, in this order. */
  statuses(definitions: readonly ServerDefinition[]): readonly ServerStatus[];
  /**
   * Forgets earlier failures of a server, and starts all its copies that are in use anew. Calls under way are finished by
   * the former ones; what only finishes calls for agents that let go of it is left to do so.
   * @throws FairleadError of the first that does not come up
   */
  restart(name: string): Promise<void>;
  /** Starts every copy in use anew that failed or was given up, also beside others that are well. How it goes, events tell. */
  retryFailed(): void;
  /** Cancels the calls under way at one server, or at all of them. @returns how many there were */
  interrupt(name?: string): number;
  /**
   * Stops every copy, also those kept for later. Calling it again gives the same reports.
   * @throws the first failure of a stop, once all were tried
   */
  close(times?: Partial<StopTimes>): Promise<readonly StopReport[]>;
}

/** Makes a pool; it starts nothing by itself. */
export function createInstancePool(options: InstancePoolOptions): InstancePool {
  const { gate, onEvent, version, catalogue } = options;
  const restartTimes = { ...defaultRestartTimes, ...options.restartTimes };
  const servers = new Set<SupervisedServer>();
  const shared = new Map<string | ServerDefinition, SupervisedServer>();
  const ending = new Set<Promise<unknown>>();
  const past = new Map<string, CopyStatus>();
  const copyCounts = new Map<string, number>();
  let lastCallNumber = 0;
  let closing: Promise<readonly StopReport[]> | undefined;

  const open = (
    definition: ServerDefinition,
    { key, hasHeaders }: { key: string | ServerDefinition | undefined; hasHeaders: boolean },
  ): SupervisedServer => {
    const copy = (copyCounts.get(definition.name) ?? 0) + 1;
    copyCounts.set(definition.name, copy);
    const server: SupervisedServer = new SupervisedServer({
      definition,
      gate,
      onEvent: (event) => onEvent(event, copy),
      restartTimes,
      catalogue,
      // What a server lists for whoever's headers go with it may be meant for that one only.
      storeKey: hasHeaders ? undefined : storeKeyOf(definition),
      sharedProfile: key === undefined ? undefined : { ...sharedProfile(version), sandbox: options.sandbox },
      onUnused: () => forget(server, key),
    });
    servers.add(server);
    if (key !== undefined) shared.set(key, server);
    return server;
  };
  const forget = (server: SupervisedServer, key: string | ServerDefinition | undefined): void => {
    if (!servers.delete(server)) return;
    if (key !== undefined && shared.get(key) === server) shared.delete(key);
    const { name } = server.definition;
    past.set(name, toPast(past.get(name), server.status));
    const warn = (thrown: unknown): void =>
      onEvent({ type: "warning", server: name, text: `its stop failed: ${toFairleadError(thrown).message}` });
    const ended: Promise<unknown> = server
      .close()
      .catch(warn)
      .finally(() => ending.delete(ended));
    ending.add(ended);
  };
  const close = async (times?: Partial<StopTimes>): Promise<readonly StopReport[]> => {
    const outcomes = await Promise.allSettled([...servers].toReversed().map((server) => server.close(times)));
    await Promise.allSettled(ending);
    return outcomes.flatMap((outcome) => {
      if (outcome.status === "rejected") throw outcome.reason;
      return outcome.value;
    });
  };
  return {
    attach(definition, consumer) {
      if (closing !== undefined) throw stoppedError(definition.name);
      const hasHeaders = mayHaveHeaders(definition, consumer);
      const isShared = isSharable(definition) && !hasHeaders && options.hasSoleAgent !== true;
      const key = isShared ? keyOf(definition) : undefined;
      const known = key === undefined ? undefined : shared.get(key);
      // Who let go of it has not told it of limits that were changed since.
      const isLeft = known?.isWanted === false;
      const hold = new ServerHold(known ?? open(definition, { key, hasHeaders }), {
        definition,
        consumer,
        onEvent,
        nextCallNumber: () => ++lastCallNumber,
      });
      if (isLeft) known?.redefine(definition);
      return hold;
    },
    reload(definitions) {
      for (const [key, server] of shared) {
        if (!server.isUnused) continue;
        const next = definitions.find((definition) => isSharable(definition) && keyOf(definition) === key);
        if (next === undefined) forget(server, key);
        else server.redefine(next);
      }
    },
    statuses: (definitions) =>
      definitions.map((definition) => {
        const { name } = definition;
        const copies = [...servers].filter((server) => server.definition.name === name);
        const former = past.get(name);
        return toServerStatus(definition, [
          ...copies.map(({ status }) => status),
          ...(former === undefined ? [] : [former]),
        ]);
      }),
    async restart(name) {
      const copies = [...servers].filter(
        (server) => server.definition.name === name && (server.isWanted || server.isUnused),
      );
      await Promise.all(copies.map((server) => server.restart()));
    },
    retryFailed() {
      for (const server of servers) {
        const { state } = server.status;
        const hasFailed = state === "failed" || state === "broken";
        if (hasFailed && server.isWanted) server.restart().catch(() => {});
      }
    },
    interrupt: (name) => {
      const concerned = [...servers].filter(
        (server) => name === undefined || server.definition.name === name,
      );
      return concerned.reduce((count, server) => count + server.interrupt("Interrupted by the user"), 0);
    },
    close(times) {
      closing ??= close(times);
      return closing;
    },
    async [Symbol.asyncDispose]() {
      await this.close();
    },
  };
}

/** What those have in common that may share a copy. */
function keyOf(definition: ServerDefinition): string | ServerDefinition {
  return storeKeyOf(definition) ?? definition;
}

/**
 * Servers of different names are never one copy: status, logs and filters go by the name. Without an instance key nobody
 * can tell whether two definitions would launch the same.
 */
function storeKeyOf({ name, instanceKey }: ServerDefinition): string | undefined {
  return instanceKey === undefined ? undefined : `${name}.${instanceKey}`;
}

/** Whether several agents may use one copy, unless one has headers of its own. */
function isSharable({ share, forwardHeaders = [] }: ServerDefinition): boolean {
  return share === "all" && forwardHeaders.length === 0;
}

/** Whether an agent's own headers go with its server, now or with a later call: nothing of it is anybody else's then. */
function mayHaveHeaders({ forwardHeaders = [] }: ServerDefinition, { profile }: ServerConsumer): boolean {
  return forwardHeaders.length > 0 || Object.keys(profile.requestHeaders ?? {}).length > 0;
}

/** All that any agent may be able to do; whoever is asked and cannot do it refuses that one question. */
function sharedProfile(version: string): ClientProfile {
  return {
    clientInfo: { name: "fairlead", title: "Fairlead", version },
    capabilities: { sampling: {}, elicitation: { form: {}, url: {} } },
  };
}

/** What is remembered of copies that are no more. */
function toPast(former: CopyStatus | undefined, last: CopyStatus): CopyStatus {
  return {
    ...last,
    state: last.state === "failed" || last.state === "broken" ? "failed" : "idle",
    consumerCount: 0,
    instanceCount: 0,
    restartCount: (former?.restartCount ?? 0) + last.restartCount,
    lastFailure: last.lastFailure ?? former?.lastFailure,
  };
}
