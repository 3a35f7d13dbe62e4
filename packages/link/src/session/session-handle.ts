import type { ExecutorLimits, FairleadError } from "@fairlead/core";
import type { Metadata } from "@grpc/grpc-js";
import type { Channel } from "../channel/channel.js";

/** What a process needs from the session that it belongs to. */
export interface SessionHandle {
  readonly channel: Channel;
  readonly limits: ExecutorLimits;
  /** Names the executor in messages. */
  readonly what: string;
  /** Whether its owner has closed it, or is about to. */
  readonly isClosed: boolean;
  metadata(): Metadata;
  /** Notes a sign of life of the executor. */
  heard(): void;
  /** Makes a call, and turns a broken connection into the loss of the session. */
  guard<T>(call: (what: string) => Promise<T>): Promise<T>;
  /** The error for a session that is lost, saying how. */
  lostError(how: string, cause?: unknown): FairleadError;
  /** Calls once when the session is lost or closed. @returns stops listening */
  onLost(listener: (error: FairleadError) => void): () => void;
}
