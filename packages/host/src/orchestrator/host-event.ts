import type { FairleadError } from "@fairlead/core";
import { type ListMethod, type StartFailure, toStartFailure } from "@fairlead/mcp";

/** What happens to servers, for logs and status displays. Nothing in it is secret. */
export type HostEvent =
  | { readonly type: "starting"; readonly server: string; readonly executor: string }
  | { readonly type: "ready"; readonly server: string; readonly elapsedMs: number }
  | ({ readonly type: "failed"; readonly server: string } & FailureFacts)
  | { readonly type: "cancelled"; readonly server: string }
  /** Somebody logged in to it or out of it, here or in another process. */
  | { readonly type: "auth-changed"; readonly server: string; readonly change: AuthChange }
  /** It came up without a login, and offers one. `message` has the line to type. */
  | { readonly type: "login-offered"; readonly server: string; readonly message: string }
  /** Every server that an agent needs has been started, or could not be. */
  | ({ readonly type: "startup-complete" } & StartupSummary)
  | ({ readonly type: "lost"; readonly server: string } & FailureFacts)
  /** It was lost, or could not be started, and is started again after a pause. @see RestartTimes */
  | {
      readonly type: "restarting";
      readonly server: string;
      /** 1 for the first start after it was last sound. */
      readonly attempt: number;
      readonly pauseMs: number;
    }
  /** It failed too often and is given up for a while. */
  | {
      readonly type: "breaker-open";
      readonly server: string;
      readonly failureCount: number;
      readonly probeInMs: number;
      readonly error: FairleadError;
    }
  | { readonly type: "breaker-closed"; readonly server: string }
  /** We stopped it ourselves. */
  | { readonly type: "stopped"; readonly server: string; readonly cause: StopCause }
  | {
      readonly type: "list-changed";
      readonly server: string;
      readonly list: ListMethod;
      /** Whether the server said so, or it turned out when the list was read. */
      readonly isTold: boolean;
    }
  | ({ readonly type: "call-started" } & CallFacts)
  | ({
      readonly type: "call-ended";
      readonly outcome: CallOutcome;
      readonly elapsedMs: number;
      /** Set if the outcome is `failed`. */
      readonly error?: FairleadError | undefined;
    } & CallFacts)
  /** An agent that had nothing from outside yet made its first call to a server there. At most once a session. */
  | { readonly type: "external-context-used"; readonly server: string; readonly principal: string }
  /** We let go of an agent that read too slowly. `session` names it in logs. */
  | { readonly type: "agent-evicted"; readonly session: string; readonly error: FairleadError }
  | { readonly type: "stderr"; readonly server: string; readonly line: string }
  | { readonly type: "warning"; readonly server: string; readonly text: string };

/** `login` also where an earlier login was replaced by a new one. */
export type AuthChange = "login" | "logout";

/** Why a server was stopped: nobody called it for long, it reached its age, its last agent left, or somebody asked for it. */
export type StopCause = "idle" | "lifetime" | "released" | "restart" | "closed";

/** What went wrong with a server. */
export interface FailureFacts {
  readonly reason: StartFailure;
  readonly message: string;
  /** The last of what it wrote to stderr; may be empty. */
  readonly stderrTail: string;
  /** Set if its process ended. */
  readonly exit?: { readonly code: number | null; readonly signal: string | null } | undefined;
  readonly error: FairleadError;
}

/** How the start of several servers went, by name. */
export interface StartupSummary {
  readonly ready: readonly string[];
  readonly failed: readonly {
    readonly server: string;
    readonly reason: StartFailure;
    readonly message: string;
  }[];
  readonly cancelled: readonly string[];
}

/** What is told of one call of an agent. */
export interface CallFacts {
  readonly server: string;
  readonly method: string;
  /** Raw name of the tool, for `tools/call`. */
  readonly tool?: string | undefined;
  /** Whether its answer comes from outside of what Fairlead itself knows. */
  readonly context: "external" | "local";
  /** Tells the calls of one host apart. */
  readonly callNumber: number;
}

/** `result`: the server answered, be it that a tool failed; `error`: it refused; the rest is ours. */
export type CallOutcome = "result" | "error" | "failed" | "canceled";

/**
 * Takes events; must not throw.
 * @param copy which copy of the server it is about, counted from 1 in one host; undefined where it is about no single one
 */
export type HostEventHandler = (event: HostEvent, copy?: number) => void;

/** Names what an error of a start or of a connection says about a server. */
export function toFailureFacts(error: FairleadError): FailureFacts {
  const { stderrTail, exitCode, exitSignal, exitReason } = error.details;
  const exit = {
    code: typeof exitCode === "number" ? exitCode : null,
    signal: typeof exitSignal === "string" ? exitSignal : null,
  };
  return {
    reason: toStartFailure(error),
    message: error.message,
    stderrTail: typeof stderrTail === "string" ? stderrTail : "",
    ...(exitReason === undefined ? {} : { exit }),
    error,
  };
}
