import type { ProcessTable } from "../processes/process-system.js";
import { decodeProcesses } from "./process-information.js";
import type { WindowsCalls } from "./windows-calls.js";

/** Enough for a few hundred processes. */
const firstRoomBytes = 512 * 1024;
/** What may be born between a read that needed more room and the next. */
const spareBytes = 64 * 1024;
const mostReads = 8;

/** Kept, because it is needed at every look; it grows with the machine. */
let room: Buffer | undefined;

/** Reads the whole process table, which takes a millisecond or two; undefined if the system gives none. */
export function readProcessesNow(calls: WindowsCalls): ProcessTable | undefined {
  for (let read = 0; read < mostReads; read += 1) {
    room ??= Buffer.alloc(firstRoomBytes);
    const { isComplete, neededBytes, address } = calls.readProcesses(room);
    if (isComplete) return decodeProcesses(room, address);
    room = Buffer.alloc(Math.max(room.length, neededBytes) + spareBytes);
  }
  return undefined;
}
