import type { LaunchFindings, LaunchQuestion } from "@fairlead/core";
import {
  type AttachRequest__Output,
  type AttachResponse,
  type CallContext,
  type DuplexHandler,
  fromProbeRequest,
  fromStartRequest,
  fromStopTimesMessage,
  type ListedProcess,
  type ListRequest__Output,
  type ListResponse,
  type ProbeRequest__Output,
  type ProbeResponse,
  readSessionRef,
  type SignalRequest__Output,
  type SignalResponse,
  type StartRequest__Output,
  type StartResponse,
  type StopRequest__Output,
  type StopResponse,
  toProbeResponse,
  toProcessInfoMessage,
  toStopReportMessage,
  type UnaryHandler,
} from "@fairlead/wire";
import { serveAttachment } from "../process/attachment.js";
import { clipListed } from "../process/clip-listed.js";
import type { HostedProcess } from "../process/hosted-process.js";
import type { Session } from "../session/session.js";
import type { SessionRegistry } from "../session/session-registry.js";

/** The handlers of `ProcessService`. */
export interface ProcessServiceHandlers {
  readonly Start: UnaryHandler<StartRequest__Output, StartResponse>;
  readonly Attach: DuplexHandler<AttachRequest__Output, AttachResponse>;
  readonly Signal: UnaryHandler<SignalRequest__Output, SignalResponse>;
  readonly Stop: UnaryHandler<StopRequest__Output, StopResponse>;
  readonly List: UnaryHandler<ListRequest__Output, ListResponse>;
  readonly Probe: UnaryHandler<ProbeRequest__Output, ProbeResponse>;
}

/**
 * Starts, reads, signals, stops and lists the processes of the caller's session.
 * @param probeLaunch looks at what a start would find
 */
export function createProcessService(
  registry: SessionRegistry,
  probeLaunch: (question: LaunchQuestion) => Promise<LaunchFindings>,
): ProcessServiceHandlers {
  const { limits } = registry;
  return {
    Start: async (request, context) => {
      const session = sessionOf(context);
      return session.answers.once(request.opId, request, async () => {
        const started = await registry.start(session, request.processId, fromStartRequest(request));
        const { pid, program, startedAtMs, windows, warnings } = started;
        const { outputBytes: outputWindowBytes, inputBytes: inputWindowBytes } = windows;
        return {
          pid,
          program,
          startedAtMs,
          outputWindowBytes,
          inputWindowBytes,
          warnings: [...warnings],
        };
      });
    },
    Attach: async (call, context) => {
      const session = sessionOf(context);
      await serveAttachment(call, {
        frameTargetBytes: limits.frameTargetBytes,
        frameMaxBytes: limits.frameMaxBytes,
        signal: context.signal,
        find: (processId) => session.find(processId),
        onHeard: () => session.heard(),
        onExitSeen: (process) => session.forgetSettled(process),
        onDisplaced: (end) => session.onDisplaced(end),
      });
    },
    Signal: async (request, context) => {
      const session = sessionOf(context);
      return session.answers.once(request.opId, request, async () => {
        await session.find(request.processId).signal(request.signal);
        return {};
      });
    },
    Stop: async (request, context) => {
      const session = sessionOf(context);
      return session.answers.once(request.opId, request, async () => {
        const report = await session.stopProcess(request.processId, fromStopTimesMessage(request.stopTimes));
        return { report: toStopReportMessage(report) };
      });
    },
    List: async (request, context) => ({ processes: await listProcesses(request, context) }),
    Probe: async (request, context) => {
      sessionOf(context);
      return toProbeResponse(await probeLaunch(fromProbeRequest(request)));
    },
  };

  async function listProcesses(
    request: ListRequest__Output,
    context: CallContext,
  ): Promise<NonNullable<ListResponse["processes"]>> {
    const own = sessionOf(context);
    const sessions = request.allSessions ? registry.sessionsOf(context.principal) : [own];
    const wanted = sessions.flatMap((session) =>
      session.processes
        .filter(({ id }) => request.processId === undefined || (session === own && id === request.processId))
        .map((process) => describeProcess(session, process, request.withTrees)),
    );
    return clipListed(await Promise.all(wanted)).map(toProcessInfoMessage);
  }

  function sessionOf(context: CallContext): Session {
    return registry.find(readSessionRef(context.metadata), context.principal);
  }
}

async function describeProcess(
  session: Session,
  process: HostedProcess,
  withTree: boolean,
): Promise<ListedProcess> {
  const { id: processId, pid, program, startedAtMs, exit, spec } = process;
  return {
    processId,
    pid,
    program,
    startedAtMs,
    exit,
    args: spec.args,
    labels: spec.labels ?? {},
    sessionId: session.id,
    clientName: session.clientName,
    tree: withTree ? await process.readTree() : [],
  };
}
