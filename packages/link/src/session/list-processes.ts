import { fromProcessInfoMessage, type ListedProcess, type ListResponse__Output } from "@fairlead/wire";
import type { SessionHandle } from "./session-handle.js";

/** Which processes to list, and how much of them. */
export interface ProcessQuery {
  /** Those of every session of the same principal, not only of this one. @default false */
  readonly allSessions?: boolean | undefined;
  /** With the living processes of each tree, which costs the executor a few milliseconds. @default false */
  readonly withTrees?: boolean | undefined;
  /** Only this process of the session. @default all */
  readonly processId?: string | undefined;
}

/** Asks an executor for the processes that it started. @throws FairleadError `unavailable` */
export async function listProcesses(
  session: SessionHandle,
  query: ProcessQuery = {},
): Promise<readonly ListedProcess[]> {
  const request = {
    allSessions: query.allSessions ?? false,
    withTrees: query.withTrees ?? false,
    ...(query.processId === undefined ? {} : { processId: query.processId }),
  };
  const answer = await session.call<ListResponse__Output>({
    start: (connection, done) => connection.control.process.list(request, connection.metadata(), done),
  });
  return answer.processes.map(fromProcessInfoMessage);
}
