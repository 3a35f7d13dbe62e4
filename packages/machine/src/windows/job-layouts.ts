/** The size of a JOBOBJECT_EXTENDED_LIMIT_INFORMATION on 64-bit Windows. */
const limitsBytes = 144;
const limitFlagsAt = 16;
/** JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE. */
const killOnClose = 0x2000;

/** Behind two counts follow the ids, each as wide as a pointer. */
const listHeadBytes = 8;
const idBytes = 8;

/** Says of a job that whoever is in it ends when its last handle is closed, as by the end of the process that has it. */
export function encodeKillOnClose(): Buffer {
  const limits = Buffer.alloc(limitsBytes);
  limits.writeUInt32LE(killOnClose, limitFlagsAt);
  return limits;
}

/** Makes room for a JOBOBJECT_BASIC_PROCESS_ID_LIST of so many ids. */
export function jobListBuffer(count: number): Buffer {
  return Buffer.alloc(listHeadBytes + count * idBytes);
}

/** Reads a JOBOBJECT_BASIC_PROCESS_ID_LIST. @returns undefined if there was not room for all */
export function decodeJobPids(buffer: Buffer): readonly number[] | undefined {
  const assignedCount = buffer.readUInt32LE(0);
  const listedCount = buffer.readUInt32LE(4);
  const roomCount = Math.floor((buffer.length - listHeadBytes) / idBytes);
  if (assignedCount > listedCount || listedCount > roomCount) return undefined;
  return Array.from({ length: listedCount }, (_, index) =>
    Number(buffer.readBigUInt64LE(listHeadBytes + index * idBytes)),
  );
}
