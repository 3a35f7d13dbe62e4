import type { FairleadError } from "@fairlead/core";
import type { AgentSession, AgentSessionOptions } from "../agent-session-port.js";

/** How agents prove who they are. */
export type HttpAuth =
  /** Only on a loopback address: every program of this machine may come in. */
  | { readonly kind: "none" }
  | {
      readonly kind: "bearer";
      readonly tokens: readonly NamedToken[];
      /** Judges those who show none of the tokens. @default they are refused */
      readonly guard?: HttpGuard | undefined;
    };

/** Lets agents in by tokens of somebody else, such as an authorization server. */
export interface HttpGuard {
  /**
   * Judges one request. What it throws is answered with 500.
   * @param token what it showed; undefined: nothing
   * @param server whose endpoint it is for; undefined: the merged one
   */
  check(token: string | undefined, server: string | undefined): Promise<GuardVerdict>;
  /**
   * Gives a document that tells strangers how to get such a token (RFC 9728).
   * @param path that of the URL, which begins with `/.well-known/oauth-protected-resource`
   * @returns undefined where there is none
   */
  describe(path: string): Promise<Readonly<Record<string, unknown>> | undefined>;
}

/** What a guard says. `text` and headers go to whoever asks, so they hold nothing of a token. */
export type GuardVerdict =
  | {
      readonly kind: "known";
      /** Must be none of the names of {@link NamedToken}. */
      readonly principal: string;
      /**
       * Until when the token lets its agent in, in milliseconds since the epoch. Streams for whatever may come end soon after;
       * a request is still answered. @default for ever
       */
      readonly untilMs?: number | undefined;
    }
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly text: string;
    };

/** A token and whom it belongs to. */
export interface NamedToken {
  readonly token: string;
  /** Becomes the principal of whoever sends the token; told in events and status. */
  readonly name: string;
}

/** Bounds of the face. Bytes are bytes, times milliseconds. */
export interface HttpFaceLimits {
  /** Sessions of both eras together; one more is refused with 503. @default 256 */
  readonly sessions: number;
  /** How long a session is kept whose agent neither sends nor reads anything, whatever it asked for. @default 30 min */
  readonly idleTtlMs: number;
  /** Longest message that is read. @default 64 MiB */
  readonly maxMessageBytes: number;
  /**
   * What is kept of a session's messages for a reader who comes back, beyond answers that were never delivered.
   * @default 4 MiB
   */
  readonly replayBytes: number;
  /** How often a quiet stream carries a comment, which finds out dead connections. @default 15 s */
  readonly keepAliveMs: number;
  /** For the head of a request. @default 15 s */
  readonly headDeadlineMs: number;
  /** For a whole request. @default 120 s: 64 MiB over a slow line */
  readonly bodyDeadlineMs: number;
  /**
   * How long a request of the legacy era may be quiet before its answer becomes an event stream, which can be resumed.
   * @default 2 s: a plain JSON answer costs less, but is lost with its connection
   */
  readonly streamAfterMs: number;
  /** Told to agents as the pause before they come back for more of a stream. @default 1 s */
  readonly retryMs: number;
}

/** The default of every one of {@link HttpFaceLimits}. */
export const defaultHttpFaceLimits: HttpFaceLimits = {
  sessions: 256,
  idleTtlMs: 30 * 60_000,
  maxMessageBytes: 64 * 1024 * 1024,
  replayBytes: 4 * 1024 * 1024,
  keepAliveMs: 15_000,
  headDeadlineMs: 15_000,
  bodyDeadlineMs: 120_000,
  streamAfterMs: 2_000,
  retryMs: 1_000,
};

/** What happened at the face, for logs. Never holds a token or what a message carries. */
export type HttpFaceEvent =
  | { readonly type: "session_opened"; readonly session: HttpSessionFacts }
  | {
      readonly type: "session_closed";
      readonly session: HttpSessionFacts;
      readonly why: "deleted" | "idle" | "evicted" | "refused" | "shutdown";
      /** Why it was evicted. */
      readonly error?: FairleadError | undefined;
    }
  | {
      readonly type: "stream_ended";
      readonly session: HttpSessionFacts;
      /** `expired`: the token that it was opened with lets nobody in any more. */
      readonly why: "expired";
    }
  | {
      readonly type: "refused";
      readonly status: number;
      /** In words, without anything that the agent sent. */
      readonly text: string;
    }
  | { readonly type: "warning"; readonly text: string };

/** One session of the face, as far as others may know it. */
export interface HttpSessionFacts {
  /** Tells sessions apart in a log; it is not the id that the agent holds. */
  readonly label: string;
  readonly era: "legacy" | "modern";
  readonly principal: string;
  /** Undefined on the merged endpoint. */
  readonly server: string | undefined;
}

/** What the HTTP face is made of. */
export interface HttpFaceOptions {
  /** Makes a session; `Host.openSession`. The face owns what it gets. */
  openSession(options: AgentSessionOptions): AgentSession;
  /** The servers that have an endpoint of their own now. */
  serverNames(): readonly string[];
  /** Names of the headers that are passed on from this endpoint, in lower case. @default none */
  forwardHeaders?(server: string | undefined): readonly string[];
  readonly auth: HttpAuth;
  /**
   * Origins of web pages that may come in, as `https://host:port`, and no others.
   * @default those of this machine's loopback names
   */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Names under which the face is reached, beyond loopback ones and the address it listens on; with or without a port. */
  readonly allowedHosts?: readonly string[] | undefined;
  readonly limits?: Partial<HttpFaceLimits> | undefined;
  /** Must not throw. */
  readonly onEvent?: ((event: HttpFaceEvent) => void) | undefined;
}

/** Where the face listens. */
export interface ListenHttpOptions extends HttpFaceOptions {
  /** A name or address without brackets. @default "127.0.0.1" */
  readonly host?: string | undefined;
  /** 0 lets the system choose. */
  readonly port: number;
  /** PEM. @default plain HTTP */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Allows what anybody on the way can read and change, on any address but loopback. @default false */
  readonly dangerouslyAllowPublicPlaintext?: boolean | undefined;
}

/** A listening face. Closing it ends every stream in good order, and every session. */
export interface HttpFace extends AsyncDisposable {
  /** Of the merged endpoint, for example `http://127.0.0.1:7411/mcp`. */
  readonly url: string;
  /** The port it listens on, also where the system chose it. */
  readonly port: number;
  /** Those that are open now. */
  sessions(): readonly HttpSessionFacts[];
  close(): Promise<void>;
}
