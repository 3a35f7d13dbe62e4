import { FairleadError, type StopReport, type StopTimes } from "@fairlead/core";
import type { HostControlOptions } from "../control/control-options.js";
import { createControlCenter, type HostControl } from "../control/host-control.js";
import { type AgentChannel, openAgentChannel } from "../gateway/agent-channel.js";
import { GatewaySession } from "../gateway/agent-session.js";
import type { AgentHello, AgentSession, AgentSessionOptions } from "../gateway/agent-session-port.js";
import { type ApprovalStore, createMemoryApprovalStore } from "../policy/approval-store.js";
import { SandboxState } from "../policy/sandbox-state.js";
import type { CatalogueStore } from "./catalogue-store.js";
import type { AuthChange, HostEvent, HostEventHandler } from "./host-event.js";
import { createInstancePool } from "./instance-pool.js";
import { createLoginOffers } from "./login-offers.js";
import type { RestartTimes } from "./restart-policy.js";
import type { ServerDefinition } from "./server-definition.js";
import type { ServerStatus } from "./server-status.js";
import { createStartGate } from "./start-gate.js";
import { startRequired } from "./start-required.js";

/** What a host is made of. */
export interface HostOptions {
  /** In the order of configuration, which decides where two servers offer the same. */
  readonly servers: readonly ServerDefinition[];
  readonly version: string;
  /** Longest name that an agent is shown, in bytes. @default 48 */
  readonly maxNameBytes?: number | undefined;
  /** Longest message that is read from an agent, in bytes. @default 64 MiB */
  readonly maxMessageBytes?: number | undefined;
  /**
   * How long a list waits for servers that are still starting, or do not answer, in milliseconds.
   * @default 30,000: a cold package runner takes about 15 s, and agents give up after 60 s
   */
  readonly listPatienceMs?: number | undefined;
  /**
   * How long a call whose questions a modern agent was given waits for it to come back with answers, in milliseconds.
   * @default 600,000: a person may be away for a coffee
   */
  readonly answerPatienceMs?: number | undefined;
  /** Remembers which tools were always allowed. @default in memory, for as long as the host lives */
  readonly approvalStore?: ApprovalStore | undefined;
  /**
   * The raw params of `codex/sandbox-state/update` that servers are told which want to know what they may do, until an agent
   * says otherwise.
   */
  readonly sandboxState?: Buffer | undefined;
  /** Whether agents get tools to list and read resources, where some server has any. @default false */
  readonly resourceTools?: boolean | undefined;
  /** Whether there is only ever one agent, so that servers may know it even where their policy is to be shared. @default false */
  readonly hasSoleAgent?: boolean | undefined;
  /** Keeps lists of servers beyond the host's end, for the next one's start. @default they are remembered in memory only */
  readonly catalogue?: CatalogueStore | undefined;
  /** How servers that fail are started again. @default see `defaultRestartTimes` */
  readonly restartTimes?: Partial<RestartTimes> | undefined;
  /** What the control methods work with. @default agents are not offered them */
  readonly control?: HostControlOptions | undefined;
  readonly onEvent?: HostEventHandler | undefined;
}

/** Who an agent is that speaks in lines, and what it sees and may do. */
export interface AgentOptions
  extends AgentHello,
    Pick<AgentSessionOptions, "server" | "principal" | "mayControl" | "view" | "onStartup"> {}

/** Many servers behind one endpoint. Closing it lets go of every agent and stops every server. */
export interface Host extends AsyncDisposable {
  /** What is configured, in its order. */
  readonly servers: readonly ServerDefinition[];
  /**
   * Connects one agent by whole messages, for a face that frames them itself.
   * @throws FairleadError `not_found` if `options.server` is not the name of a server
   */
  openSession(options: AgentSessionOptions): AgentSession;
  /**
   * Connects one agent by lines: bytes in, bytes out.
   * @param send writes to the agent; its promise is the back-pressure
   * @throws FairleadError as {@link openSession}
   */
  connectAgent(options: AgentOptions, send: (bytes: Uint8Array) => Promise<void>): AgentChannel;
  /**
   * Takes another configuration. Servers whose definition is the same object, or has the same launch, run on; for all
   * others calls under way are finished with the former copy, and new ones go to a new one. Agents are told that lists
   * have changed.
   */
  reload(servers: readonly ServerDefinition[]): void;
  /**
   * Starts the required servers that several agents share; those of each agent alone are started when it comes.
   * @throws FairleadError with every failure; its code is theirs where they agree, else `unavailable`
   */
  startRequired(): Promise<void>;
  /** How every server is doing, in the order of configuration. */
  statuses(): readonly ServerStatus[];
  /**
   * Forgets earlier failures of a server and starts its copies that are in use anew; calls under way are finished first.
   * @throws FairleadError of the first that does not come up
   */
  restart(server: string): Promise<void>;
  /** Tries every copy again that failed or was given up, at once. How that goes is told as events. */
  retryFailed(): void;
  /**
   * Notes that somebody logged in to a server or out of it: agents are told, and its copies that are in use are started
   * anew, with what they may use now. How that goes is told as events.
   */
  authChanged(server: string, change: AuthChange): void;
  /** Cancels the calls under way at one server, or at all of them. @returns how many there were */
  interrupt(server?: string): number;
  /** The control methods of this host, for whoever embeds it. */
  readonly control: HostControl;
  close(times?: Partial<StopTimes>): Promise<readonly StopReport[]>;
}

/** Makes a host; nothing is started before an agent needs it. */
export function createHost(options: HostOptions): Host {
  const control = createControlCenter(options.control, () => host);
  const onEvent = (event: HostEvent, copy?: number): void => {
    options.onEvent?.(event, copy);
    control.note(event);
    offers.note(event);
  };
  const offers = createLoginOffers({
    servers: () => servers,
    onOffer(server, message) {
      onEvent({ type: "login-offered", server, message });
      for (const { logins } of sessions) logins.offered(server, message);
    },
  });
  const pool = createInstancePool({
    gate: createStartGate(),
    onEvent,
    version: options.version,
    sandbox: new SandboxState(options.sandboxState),
    hasSoleAgent: options.hasSoleAgent,
    catalogue: options.catalogue,
    restartTimes: options.restartTimes,
  });
  const approvalStore = options.approvalStore ?? createMemoryApprovalStore();
  const sessions = new Set<GatewaySession>();
  let servers = options.servers;
  let sessionCount = 0;

  const openSession = (sessionOptions: AgentSessionOptions): AgentSession => {
    if (sessionOptions.server !== undefined) findServer(servers, sessionOptions.server);
    sessionCount += 1;
    const label = sessionOptions.label ?? `agent-${sessionCount}`;
    const session = new GatewaySession(
      { ...sessionOptions, label },
      {
        ...options,
        onEvent,
        controlCenter: control,
        approvalStore,
        pool,
        servers,
        loginOffers: offers.texts,
        onClosed: () => sessions.delete(session),
      },
    );
    sessions.add(session);
    void session.evicted.then((error) => onEvent({ type: "agent-evicted", session: label, error }));
    return session;
  };
  const close = async (times?: Partial<StopTimes>): Promise<readonly StopReport[]> => {
    offers.close();
    const ending = control.close();
    const closing = await Promise.allSettled([...sessions].map((session) => session.close(times)));
    // A session that does not end well must not keep the servers of the others alive.
    const last = await Promise.allSettled([pool.close(times), ending.then(() => [])]);
    return [...closing, ...last].flatMap((outcome) => {
      if (outcome.status === "rejected") throw outcome.reason;
      return outcome.value;
    });
  };
  const host: Host = {
    control: control.face,
    get servers() {
      return servers;
    },
    openSession,
    connectAgent: ({ cwd, server, principal, mayControl, view, onStartup }, send) =>
      openAgentChannel({
        hello: { cwd },
        server,
        principal,
        mayControl,
        view,
        onStartup,
        send,
        openSession,
        maxMessageBytes: options.maxMessageBytes,
      }),
    reload(next) {
      servers = next;
      for (const session of sessions) session.reload(next);
      pool.reload(next);
    },
    startRequired: () => startRequired(pool, servers),
    statuses: () =>
      pool.statuses(servers).map((status) => {
        const loginOffer = offers.texts.get(status.name);
        return loginOffer === undefined ? status : { ...status, loginOffer };
      }),
    restart: (server) => pool.restart(server),
    retryFailed: () => pool.retryFailed(),
    authChanged(server, change) {
      onEvent({ type: "auth-changed", server, change });
      // The events told it.
      pool.restart(server).catch(() => {});
    },
    interrupt: (server) => pool.interrupt(server),
    close,
    [Symbol.asyncDispose]: async () => void (await close()),
  };
  return host;
}

function findServer(servers: readonly ServerDefinition[], name: string): void {
  if (servers.some((server) => server.name === name)) return;
  const known = servers.map((server) => server.name).join(", ") || "none";
  throw new FairleadError(
    "not_found",
    `There is no server ${JSON.stringify(name)}; configured are: ${known}`,
    {
      reason: "server_unknown",
      effect: "none",
      details: { server: name },
    },
  );
}
