import {
  type AttachRequest__Output,
  type AttachResponse,
  type CallContext,
  type DuplexHandler,
  fromStartRequest,
  fromStopTimesMessage,
  type ListResponse,
  readSessionRef,
  type SignalRequest__Output,
  type SignalResponse,
  type StartRequest__Output,
  type StartResponse,
  type StopRequest__Output,
  type StopResponse,
  toExitedMessage,
  toStopReportMessage,
  type UnaryHandler,
} from "@fairlead/wire";
import { serveAttachment } from "../process/attachment.js";
import type { Session } from "../session/session.js";
import type { SessionRegistry } from "../session/session-registry.js";

/** The handlers of `ProcessService`. */
export interface ProcessServiceHandlers {
  readonly Start: UnaryHandler<StartRequest__Output, StartResponse>;
  readonly Attach: DuplexHandler<AttachRequest__Output, AttachResponse>;
  readonly Signal: UnaryHandler<SignalRequest__Output, SignalResponse>;
  readonly Stop: UnaryHandler<StopRequest__Output, StopResponse>;
  readonly List: UnaryHandler<object, ListResponse>;
}

/** Starts, reads, signals, stops and lists the processes of the caller's session. */
export function createProcessService(registry: SessionRegistry): ProcessServiceHandlers {
  const { limits } = registry;
  return {
    Start: async (request, context) => {
      const session = sessionOf(context);
      return session.answers.once(request.opId, request, async () => {
        const started = await registry.start(session, request.processId, fromStartRequest(request));
        return { pid: started.pid, program: started.program, startedAtMs: started.startedAtMs };
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
    List: (_request, context) => ({
      processes: sessionOf(context).processes.map((process) => ({
        processId: process.id,
        pid: process.pid,
        program: process.program,
        args: [...process.spec.args],
        startedAtMs: process.startedAtMs,
        labels: { ...process.spec.labels },
        ...(process.exit === undefined ? {} : { exited: toExitedMessage(process.exit) }),
      })),
    }),
  };

  function sessionOf(context: CallContext): Session {
    return registry.find(readSessionRef(context.metadata), context.principal);
  }
}
