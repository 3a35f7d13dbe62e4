import type { ProcessEntry, ProcessTable } from "../processes/process-system.js";

/** From 1601, where the clock of Windows begins, to 1970, in ticks of 100 ns. */
const epochTicks = 116_444_736_000_000_000n;
const ticksPerMicrosecond = 10n;

/** Where the fields of a SYSTEM_PROCESS_INFORMATION lie on 64-bit Windows. */
const at = {
  nextEntry: 0x00,
  threadCount: 0x04,
  createTime: 0x20,
  userTime: 0x28,
  kernelTime: 0x30,
  nameBytes: 0x38,
  namePointer: 0x40,
  pid: 0x50,
  parentPid: 0x58,
  workingSetBytes: 0x90,
  /** The fields end here; the threads follow. */
  end: 0x100,
} as const;

/** Turns the ticks of 100 ns in which Windows counts since 1601 into microseconds since 1970, which a number holds. */
export function toStartMicroseconds(ticks: bigint): number {
  return Math.max(0, Number((ticks - epochTicks) / ticksPerMicrosecond));
}

/**
 * Reads the process table as NtQuerySystemInformation writes it. Start times are microseconds since 1970.
 * @param address where the buffer lay when it was written: names are pointers into it
 */
export function decodeProcesses(buffer: Buffer, address: bigint): ProcessTable {
  const table = new Map<number, ProcessEntry>();
  let offset = 0;
  while (offset + at.end <= buffer.length) {
    const entry = decodeEntry(buffer, offset, address);
    // The first is no process, but the time in which there was nothing to do.
    if (entry.pid !== 0) table.set(entry.pid, entry);
    const next = buffer.readUInt32LE(offset + at.nextEntry);
    if (next === 0) break;
    offset += next;
  }
  return table;
}

function decodeEntry(buffer: Buffer, offset: number, address: bigint): ProcessEntry {
  const big = (field: number): bigint => buffer.readBigUInt64LE(offset + field);
  const pid = Number(big(at.pid));
  const memoryBytes = Number(big(at.workingSetBytes));
  return {
    pid,
    parentPid: Number(big(at.parentPid)),
    // There are no groups: each process stands for itself.
    groupId: pid,
    sessionId: undefined,
    startedAt: toStartMicroseconds(big(at.createTime)),
    cpuMs: Number((big(at.userTime) + big(at.kernelTime)) / (ticksPerMicrosecond * 1_000n)),
    // A process that ended is still shown while somebody has it open.
    state: buffer.readUInt32LE(offset + at.threadCount) === 0 ? "dead" : "running",
    name: decodeName(buffer, offset, address),
    treeIds: () => [],
    memoryBytes: () => memoryBytes,
  };
}

function decodeName(buffer: Buffer, offset: number, address: bigint): string {
  const sizeBytes = buffer.readUInt16LE(offset + at.nameBytes);
  const start = Number(buffer.readBigUInt64LE(offset + at.namePointer) - address);
  const isInside = start >= 0 && start + sizeBytes <= buffer.length;
  return isInside ? buffer.toString("utf16le", start, start + sizeBytes) : "";
}
