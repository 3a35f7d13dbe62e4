/** A server that runs in this process: what it says of itself, and how a connection to it is made. */
export interface BuiltInServer {
  readonly name: string;
  readonly title: string;
  readonly version: string;
  /** As `initialize` announces them. */
  readonly capabilities: Readonly<Record<string, object>>;
  readonly instructions?: string | undefined;
  /** Begins one connection. Subscriptions and running work belong to it and end with it. */
  open(peer: BuiltInPeer): BuiltInSession;
}

/** Whoever a connection of a built-in server leads to. */
export interface BuiltInPeer {
  /** Tells it something that belongs to no call; after the close it does nothing. */
  notify(method: string, params?: object): void;
}

/** One connection of a built-in server. */
export interface BuiltInSession {
  /** By method name; what is not there is answered with "method not found". */
  readonly methods: Readonly<Record<string, BuiltInMethod>>;
  /** Ends what this connection began. Its calls were aborted before. */
  close(): Promise<void>;
}

/**
 * Answers one method: params in, result out, both as parsed JSON. What it throws becomes a JSON-RPC error; a
 * FairleadError shows its message.
 */
export type BuiltInMethod = (
  params: Readonly<Record<string, unknown>>,
  context: BuiltInCallContext,
) => Promise<object>;

/** What surrounds a call of a built-in server. */
export interface BuiltInCallContext {
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Tells how far it is. Does nothing if the caller does not want to know, or the call is over. */
  readonly progress: (
    progress: number,
    details?: { readonly total?: number; readonly message?: string },
  ) => void;
}
