import { type ExecutorLimits, FairleadError, hastyStopTimes } from "@fairlead/core";
import {
  type CallContext,
  type CloseRequest__Output,
  type CloseResponse,
  type DuplexHandler,
  fromStopTimesMessage,
  type LeaseRequest__Output,
  type LeaseResponse,
  type OpenRequest__Output,
  type OpenResponse,
  protocolVersions,
  readSessionRef,
  toStopReportMessage,
  type UnaryHandler,
} from "@fairlead/wire";
import type { ExecutorFacts } from "../executor-facts.js";
import { serveLease } from "../session/lease.js";
import type { SessionRegistry } from "../session/session-registry.js";

/** What the service needs to know about the executor that it belongs to. */
export interface SessionServiceOptions {
  readonly registry: SessionRegistry;
  readonly facts: ExecutorFacts;
  /** Called when a client opens a session: it will soon start something. */
  readonly onOpened: () => void;
  /** The TTL of clients that wish none, in milliseconds. */
  readonly defaultDetachTtlMs: number;
}

/** The handlers of `SessionService`. */
export interface SessionServiceHandlers {
  readonly OpenSession: UnaryHandler<OpenRequest__Output, OpenResponse>;
  readonly Lease: DuplexHandler<LeaseRequest__Output, LeaseResponse>;
  readonly CloseSession: UnaryHandler<CloseRequest__Output, CloseResponse>;
}

/** Opens, holds and closes sessions. */
export function createSessionService(options: SessionServiceOptions): SessionServiceHandlers {
  const { registry, facts } = options;
  const { limits } = registry;
  return {
    OpenSession: (request, context) => {
      checkVersion(request);
      options.onOpened();
      const session =
        request.resume == null
          ? registry.open({
              principal: context.principal,
              clientName: request.clientName,
              detachTtlMs: grantTtl(request.wishedDetachTtlMs, options.defaultDetachTtlMs, limits),
            })
          : registry.resume(
              { ...request.resume, attempt: request.resumeAttempt, client: request.resumeClient },
              context.principal,
            );
      return {
        protocolVersion: Math.min(protocolVersions.max, request.protocolVersionMax),
        resumeToken: { sessionId: session.id, secret: session.secret },
        epoch: session.epoch,
        grantedDetachTtlMs: session.detachTtlMs,
        features: request.features.filter((feature) => facts.features.includes(feature)),
        limits,
        machine: facts.machine(),
      };
    },
    Lease: async (call, context) =>
      serveLease(sessionOf(context), call, {
        heartbeatMs: limits.heartbeatMs,
        heartbeatsMissed: limits.heartbeatsMissed,
        isDraining: () => registry.draining,
        signal: context.signal,
      }),
    CloseSession: async (request, context) => {
      const times =
        request.stopTimes == null
          ? undefined
          : { ...hastyStopTimes, ...fromStopTimesMessage(request.stopTimes) };
      const session = registry.findToClose(readSessionRef(context.metadata), context.principal);
      return { report: toStopReportMessage(await session.end("stopped", times)) };
    },
  };

  function sessionOf(context: CallContext): ReturnType<SessionRegistry["find"]> {
    return registry.find(readSessionRef(context.metadata), context.principal);
  }
}

function checkVersion(request: OpenRequest__Output): void {
  const { min, max } = protocolVersions;
  if (request.protocolVersionMin <= max && request.protocolVersionMax >= min) return;
  throw new FairleadError(
    "protocol",
    `This executor speaks contract versions ${min} to ${max}, the client ${request.protocolVersionMin} to ` +
      `${request.protocolVersionMax}. Update the older side.`,
    { reason: "version_mismatch", effect: "none" },
  );
}

/** A client that wishes nothing still needs the time to get from opening the session to holding it. */
const leastDetachTtlMs = 1_000;

function grantTtl(wishedMs: number | undefined, defaultMs: number, limits: ExecutorLimits): number {
  return Math.min(Math.max(wishedMs ?? defaultMs, leastDetachTtlMs), limits.detachTtlMaxMs);
}
