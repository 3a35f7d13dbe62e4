import { createId, isFairleadError, type StopReport, type StopTimes, type TreeProcess } from "@fairlead/core";
import {
  fromStopReportMessage,
  type SignalResponse,
  type StopResponse__Output,
  toStopTimesMessage,
} from "@fairlead/wire";
import { listProcesses } from "../session/list-processes.js";
import type { SessionHandle } from "../session/session-handle.js";

/** What is asked about a process beside its stream, over whatever connection there is. */
export interface RemoteControl {
  /** @throws FairleadError of the executor */
  signal(name: string): Promise<void>;
  stop(times: Partial<StopTimes> | undefined): Promise<StopReport>;
  readTree(): Promise<readonly TreeProcess[]>;
}

/** Makes the control of a process of a session. */
export function createRemoteControl(session: SessionHandle, processId: string): RemoteControl {
  return {
    async signal(name) {
      const request = { opId: createId("o"), processId, signal: name };
      await session.call<SignalResponse>({
        start: (connection, done) => connection.control.process.signal(request, connection.metadata(), done),
      });
    },
    async stop(times) {
      const request = { opId: createId("o"), processId, stopTimes: toStopTimesMessage(times) };
      try {
        const answer = await session.call<StopResponse__Output>({
          start: (connection, done) => connection.control.process.stop(request, connection.metadata(), done),
        });
        return fromStopReportMessage(answer.report);
      } catch (error) {
        // The executor forgets whoever has been stopped, or ended by itself and left nothing.
        if (isFairleadError(error) && error.reason === "process_unknown") return nothingLeft;
        throw error;
      }
    },
    async readTree() {
      const [listed] = await listProcesses(session, { processId, withTrees: true });
      return listed?.tree ?? [];
    },
  };
}

const nothingLeft: StopReport = { ended: [], forced: [], survived: [], blindSpots: [] };
