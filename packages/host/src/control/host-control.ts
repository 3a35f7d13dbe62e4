import { FairleadError, toFairleadError } from "@fairlead/core";
import {
  type ControlAuthChange,
  type ControlLoginEnd,
  type ControlMethodName,
  type ControlParams,
  type ControlResult,
  type ControlSession,
  type ControlSessionMessage,
  type ControlStartupStatus,
  type ControlStop,
  checkControlParams,
} from "@fairlead/mcp";
import { type ConnectorStatus, listConnectors } from "../connector/list-connectors.js";
import type { Host } from "../orchestrator/host.js";
import type { HostEvent } from "../orchestrator/host-event.js";
import type { ServerStatus } from "../orchestrator/server-status.js";
import type { HostControlOptions } from "./control-options.js";
import { listenStream } from "./listen-stream.js";
import type { SessionHandler, SessionOwner } from "./program-session.js";
import { ProgramSessions } from "./program-sessions.js";
import { toStartupStatus } from "./startup-status.js";

/** What an embedding program can do with a host: the control methods, without a connection. */
export interface HostControl {
  /** How every server is doing. */
  listServers(): readonly ServerStatus[];
  /** How every connector is doing. */
  listConnectors(): readonly ConnectorStatus[];
  /** Reads the configuration anew. @throws FairleadError `unavailable` if the host was made without a way to */
  reload(): Promise<ControlResult<"fairlead/reload">>;
  /** @throws FairleadError of the first copy that does not come up, or `not_found` */
  restart(server: string): Promise<void>;
  /** Cancels calls under way. @returns how many there were @throws FairleadError `not_found` */
  interrupt(server?: string): number;
  /**
   * Begins a login to a server; a person goes on at the page. How it ends is told to {@link onLoginEnd}.
   * @throws FairleadError as far as it fails before there is a page; `unavailable` if the host was made without a way to
   */
  login(params: ControlParams<"fairlead/login">): Promise<ControlResult<"fairlead/login">>;
  /** Tells how logins end that were begun by {@link login}. The handler must not throw. @returns ends it */
  onLoginEnd(handler: (end: ControlLoginEnd) => void): Disposable;
  /** Forgets the login of a server. @throws FairleadError as {@link login} */
  logout(server: string): Promise<ControlResult<"fairlead/logout">>;
  /** How a server is signed in to. @throws FairleadError `not_found` */
  authStatus(server: string): Promise<ControlResult<"fairlead/authStatus">>;
  /** Tells who logs in and out from here on. The handler must not throw. @returns ends it */
  onAuthStatus(handler: (change: ControlAuthChange) => void): Disposable;
  /** Tells how starts of servers go from here on. The handler must not throw. @returns ends it */
  onStartupStatus(handler: (status: ControlStartupStatus) => void): Disposable;
  readonly sessions: ControlSessions;
}

/** Programs that run on until they end or are stopped, on this machine or on an executor. */
export interface ControlSessions {
  /** Starts a program, which then belongs to whoever created it. @throws FairleadError of the launch */
  create(
    params: ControlParams<"fairlead/sessions/create">,
    signal?: AbortSignal,
  ): Promise<ControlResult<"fairlead/sessions/create">>;
  list(): readonly ControlSession[];
  /** Takes a session over: whoever listened for its former owner is told `connectionRevoked`. */
  connect(sessionId: string): ControlSession;
  /** Writes to the program. @throws FairleadError if it cannot be; the session stays usable */
  send(
    params: ControlParams<"fairlead/sessions/send">,
    signal?: AbortSignal,
  ): Promise<ControlResult<"fairlead/sessions/send">>;
  /** Tells a handler what the output was, and is from here on. @returns ends it, with the last word `cancelled` */
  addListener(sessionId: string, handler: SessionHandler): Disposable;
  /** The same to be read at one's own pace; who is slow slows the program down, up to its stop. */
  listen(
    sessionId: string,
    options?: { readonly signal?: AbortSignal },
  ): AsyncIterableIterator<ControlSessionMessage, undefined>;
  /**
   * SIGINT, or Ctrl-C in a terminal. While input waits that a program in a terminal does not read, a Ctrl-C would come
   * behind it, so the program's group gets the signal.
   * @param signal gives up waiting until it is sent
   */
  interrupt(sessionId: string, signal?: AbortSignal): Promise<void>;
  /** Climbs the stop ladder over everything that the program started. The session is unknown from then on. */
  stop(sessionId: string): Promise<ControlStop>;
}

/** The control of a host, as the host itself has it. */
export interface ControlCenter {
  /** Of whoever embeds the host, who sees every session. */
  readonly face: HostControl;
  /** Whether agents are offered it. */
  readonly isOffered: boolean;
  /** The same for another one. */
  sessionsOf(owner: SessionOwner): ControlSessions;
  /** @see ProgramSessions.press */
  press(owner: SessionOwner, isPressed: boolean): void;
  /** @see ProgramSessions.leave */
  leave(owner: SessionOwner): Promise<void>;
  note(event: HostEvent): void;
  close(): Promise<void>;
}

/** Makes the control of a host. @param options undefined: agents are not offered it */
export function createControlCenter(
  options: HostControlOptions | undefined,
  host: () => Pick<Host, "servers" | "statuses" | "restart" | "interrupt">,
): ControlCenter {
  const programs = new ProgramSessions(options ?? {});
  const handlers = new Set<(status: ControlStartupStatus) => void>();
  const loginHandlers = new Set<(end: ControlLoginEnd) => void>();
  const tellLoginEnd = (end: ControlLoginEnd): void => {
    for (const handler of loginHandlers) handler(end);
  };
  const authHandlers = new Set<(change: ControlAuthChange) => void>();
  const known = (server: string): string => {
    if (host().servers.some(({ name }) => name === server)) return server;
    throw new FairleadError("not_found", `There is no server ${JSON.stringify(server)}`, {
      reason: "server_unknown",
      effect: "none",
      details: { server },
    });
  };
  const sessionsOf = (owner: SessionOwner): ControlSessions => bindSessions(programs, owner);
  return {
    isOffered: options !== undefined,
    sessionsOf,
    face: {
      listServers: () => host().statuses(),
      listConnectors: () => listConnectors(host().statuses()),
      async reload() {
        if (options?.reload !== undefined) return options.reload();
        throw new FairleadError("unavailable", "This host was made without control.reload", {
          reason: "feature_missing",
          effect: "none",
        });
      },
      restart: async (server) => host().restart(known(server)),
      interrupt: (server) => host().interrupt(server === undefined ? undefined : known(server)),
      async login(params) {
        const { server: name, scopes } = await check("fairlead/login", params);
        known(name);
        if (options?.login === undefined) throw missingError("login");
        const started = await options.login(name, scopes);
        void started.done.then(
          () => tellLoginEnd({ name, success: true, error: null }),
          (thrown: unknown) => tellLoginEnd({ name, success: false, error: toFairleadError(thrown).message }),
        );
        return { url: started.url };
      },
      onLoginEnd(handler) {
        loginHandlers.add(handler);
        return { [Symbol.dispose]: () => void loginHandlers.delete(handler) };
      },
      async logout(server) {
        const name = known(server);
        if (options?.logout === undefined) throw missingError("logout");
        return { wasLoggedIn: await options.logout(name) };
      },
      async authStatus(server) {
        const name = known(server);
        return (await options?.authStatus?.(name)) ?? { inUse: "none", preferred: "none" };
      },
      onAuthStatus(handler) {
        authHandlers.add(handler);
        return { [Symbol.dispose]: () => void authHandlers.delete(handler) };
      },
      onStartupStatus(handler) {
        handlers.add(handler);
        return { [Symbol.dispose]: () => void handlers.delete(handler) };
      },
      sessions: sessionsOf({ principal: undefined }),
    },
    press: (owner, isPressed) => programs.press(owner, isPressed),
    leave: (owner) => programs.leave(owner),
    note(event) {
      if (event.type === "auth-changed") {
        const { server: name, change } = event;
        for (const handler of authHandlers) handler({ name, change });
      }
      const status = toStartupStatus(event);
      if (status !== undefined) for (const handler of handlers) handler(status);
    },
    close: () => programs.close(),
  };
}

function missingError(method: string): FairleadError {
  return new FairleadError("unavailable", `This host was made without control.${method}`, {
    reason: "feature_missing",
    effect: "none",
  });
}

function bindSessions(programs: ProgramSessions, owner: SessionOwner): ControlSessions {
  return {
    async create(params, signal) {
      return programs.create(await check("fairlead/sessions/create", params), owner, signal);
    },
    list: () => programs.list(owner).map((session) => session.describe(owner)),
    connect: (sessionId) => programs.connect(sessionId, owner).describe(owner),
    async send(params, signal) {
      const { sessionId, ...input } = await check("fairlead/sessions/send", params);
      return programs.own(sessionId, owner).send(input, signal);
    },
    addListener(sessionId, handler) {
      const leave = programs.own(sessionId, owner).listen(handler, owner);
      let isOver = false;
      return {
        [Symbol.dispose]() {
          if (isOver) return;
          isOver = true;
          if (leave()) handler({ type: "cancelled", reason: "removed" });
        },
      };
    },
    listen: (sessionId, { signal } = {}) => listenStream(programs.own(sessionId, owner), owner, signal),
    interrupt: async (sessionId, signal) => programs.own(sessionId, owner).interrupt(signal),
    stop: async (sessionId) => toStop(await programs.stop(sessionId, owner)),
  };
}

function check<Method extends ControlMethodName>(
  method: Method,
  params: ControlParams<Method>,
): ReturnType<typeof checkControlParams<Method>> {
  return checkControlParams(method, params);
}

function toStop({
  ended,
  forced,
  survived,
  blindSpots,
}: Awaited<ReturnType<ProgramSessions["stop"]>>): ControlStop {
  return { ended: [...ended], forced: [...forced], survived: [...survived], blindSpots: [...blindSpots] };
}
