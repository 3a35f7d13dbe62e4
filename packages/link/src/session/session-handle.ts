import type { ExecutorLimits, FairleadError } from "@fairlead/core";
import type { UnaryStart } from "../channel/call-unary.js";
import type { Connection } from "./connection.js";

/** Whatever lives in a session and wants to know how it fares. */
export interface SessionMember {
  /** A connection is there: at once when joining, if there is one, and after every recovery. */
  connected(connection: Connection): void;
  /** The connection broke; another one may come. */
  disconnected(): void;
  /** The session is lost or closed: nothing more will come. */
  ended(error: FairleadError): void;
}

/** How one call of a session is made. */
export interface SessionCall<Response> {
  readonly signal?: AbortSignal | undefined;
  /** Waits for a recovery also where calls are to fail meanwhile: it cleans up, and nobody waits for it. @default false */
  readonly waits?: boolean | undefined;
  start(connection: Connection, done: Parameters<UnaryStart<Response>>[0]): ReturnType<UnaryStart<Response>>;
}

/** What a process needs from the session that it belongs to. */
export interface SessionHandle {
  readonly limits: ExecutorLimits;
  /** Optional parts of the contract that both sides have. */
  readonly features: readonly string[];
  /** Names the executor in messages. */
  readonly what: string;
  /** Whether its owner has closed it, or is about to. */
  readonly isClosed: boolean;
  /**
   * Makes a call, and makes it again after a broken connection, so it must be safe to repeat: mutating calls carry an op id.
   * @throws FairleadError of the executor; `session_lost` once the session is lost
   */
  call<Response>(call: SessionCall<Response>): Promise<Response>;
  /**
   * The connection to use now, for what is not to be repeated. While there is none it waits or fails, as the session was
   * told to.
   * @throws FairleadError `executor_unreachable`, `session_lost` or `canceled`, effect `none`
   */
  connection(signal: AbortSignal | undefined): Promise<Connection>;
  /** @returns leaves the session */
  join(member: SessionMember): () => void;
}
