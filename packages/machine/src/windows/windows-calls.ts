/** A handle of the kernel, for example to a process or a job. */
export type Handle = number | bigint;

/** What a read of the process table came to. */
export interface ProcessesRead {
  /** Whether the buffer was large enough and holds the table now. */
  readonly isComplete: boolean;
  /** How large it should have been; it may be more by the time of the next read. */
  readonly neededBytes: number;
  /** Where the buffer lies in memory, for the pointers that the table holds. */
  readonly address: bigint;
}

/**
 * The few functions of Windows that Node does not offer. Buffers are filled in place by the layouts of 64-bit Windows.
 * Nothing here throws: what did not succeed answers false or undefined.
 */
export interface WindowsCalls {
  /** Fills a buffer with the process table, in the layout of SYSTEM_PROCESS_INFORMATION. */
  readProcesses(buffer: Buffer): ProcessesRead;
  /** Makes a job without a name, whose handle no child inherits. */
  createJob(): Handle | undefined;
  /** @param limits a JOBOBJECT_EXTENDED_LIMIT_INFORMATION */
  limitJob(job: Handle, limits: Buffer): boolean;
  assignToJob(job: Handle, process: Handle): boolean;
  /** Fills a buffer with a JOBOBJECT_BASIC_PROCESS_ID_LIST, as far as it has room. */
  readJobPids(job: Handle, buffer: Buffer): void;
  terminateJob(job: Handle, exitCode: number): boolean;
  /** Opens a process for the uses that the bits of `access` name. The caller closes it. */
  openProcess(pid: number, access: number): Handle | undefined;
  /** Stands for this process; not to be closed. */
  readonly thisProcess: Handle;
  /** When a process was started, in ticks of 100 ns since 1601. */
  readStart(process: Handle): bigint | undefined;
  terminateProcess(process: Handle, exitCode: number): boolean;
  close(handle: Handle): void;
  /** Joins the console of another process. One must be left before the next is joined. */
  joinConsole(pid: number): boolean;
  leaveConsole(): void;
  /** The processes that share the console of this one, itself among them. */
  consolePids(): readonly number[];
  /** Sends an event to everybody in our console, ourselves included: 0 is Ctrl-C, 1 is Ctrl-Break. */
  sendConsoleEvent(event: 0 | 1): boolean;
  /** Whether this process, and its children from now on, pay no attention to Ctrl-C. */
  ignoreInterrupts(ignore: boolean): void;
}

/** What may be done with a process that was opened; the names are those of Windows. */
export const processAccess = {
  terminate: 0x0001,
  setQuota: 0x0100,
  queryLimitedInformation: 0x1000,
} as const;

/** The class of NtQuerySystemInformation that shows processes. */
const systemProcessInformation = 5;
const jobBasicProcessIdList = 3;
const jobExtendedLimitInformation = 9;
/** More processes than one console of ours will ever have. */
const mostConsolePids = 1_024;

let loading: Promise<WindowsCalls | undefined> | undefined;

/** Loads the library that calls Windows, once; undefined where it is not installed, and on every other system. */
export function loadWindowsCalls(): Promise<WindowsCalls | undefined> {
  loading ??= load().catch(() => undefined);
  return loading;
}

async function load(): Promise<WindowsCalls | undefined> {
  const hasOurLayouts = process.arch === "x64" || process.arch === "arm64";
  if (process.platform !== "win32" || !hasOurLayouts) return undefined;
  const koffi = await import("koffi");
  const kernel = koffi.load("kernel32.dll");
  const query: (kind: number, buffer: Buffer, sizeBytes: number, needed: Buffer) => number = koffi
    .load("ntdll.dll")
    .func("int __stdcall NtQuerySystemInformation(int, void *, uint32_t, void *)");
  const createJob: (attributes: null, name: null) => Handle = kernel.func(
    "intptr_t __stdcall CreateJobObjectW(void *, void *)",
  );
  const limitJob: (job: Handle, kind: number, limits: Buffer, sizeBytes: number) => number = kernel.func(
    "int __stdcall SetInformationJobObject(intptr_t, int, void *, uint32_t)",
  );
  const assign: (job: Handle, process: Handle) => number = kernel.func(
    "int __stdcall AssignProcessToJobObject(intptr_t, intptr_t)",
  );
  const queryJob: (
    ...args: readonly [Handle, kind: number, Buffer, sizeBytes: number, needed: null]
  ) => number = kernel.func(
    "int __stdcall QueryInformationJobObject(intptr_t, int, void *, uint32_t, void *)",
  );
  const terminateJob: (job: Handle, exitCode: number) => number = kernel.func(
    "int __stdcall TerminateJobObject(intptr_t, uint32_t)",
  );
  const openProcess: (access: number, inherit: number, pid: number) => Handle = kernel.func(
    "intptr_t __stdcall OpenProcess(uint32_t, int, uint32_t)",
  );
  const readTimes: (...args: readonly [Handle, ...times: readonly Buffer[]]) => number = kernel.func(
    "int __stdcall GetProcessTimes(intptr_t, void *, void *, void *, void *)",
  );
  const terminateProcess: (process: Handle, exitCode: number) => number = kernel.func(
    "int __stdcall TerminateProcess(intptr_t, uint32_t)",
  );
  const close: (handle: Handle) => number = kernel.func("int __stdcall CloseHandle(intptr_t)");
  const attachConsole: (pid: number) => number = kernel.func("int __stdcall AttachConsole(uint32_t)");
  const freeConsole: () => number = kernel.func("int __stdcall FreeConsole()");
  const listConsole: (pids: Buffer, count: number) => number = kernel.func(
    "uint32_t __stdcall GetConsoleProcessList(void *, uint32_t)",
  );
  const generateEvent: (event: number, group: number) => number = kernel.func(
    "int __stdcall GenerateConsoleCtrlEvent(uint32_t, uint32_t)",
  );
  const setHandler: (handler: null, add: number) => number = kernel.func(
    "int __stdcall SetConsoleCtrlHandler(void *, int)",
  );
  return {
    readProcesses: (buffer) => {
      const needed = Buffer.alloc(4);
      const status = query(systemProcessInformation, buffer, buffer.length, needed);
      return { isComplete: status === 0, neededBytes: needed.readUInt32LE(), address: koffi.address(buffer) };
    },
    createJob: () => opened(createJob(null, null)),
    limitJob: (job, limits) => limitJob(job, jobExtendedLimitInformation, limits, limits.length) !== 0,
    assignToJob: (job, process) => assign(job, process) !== 0,
    readJobPids: (job, buffer) => void queryJob(job, jobBasicProcessIdList, buffer, buffer.length, null),
    terminateJob: (job, exitCode) => terminateJob(job, exitCode) !== 0,
    openProcess: (pid, access) => opened(openProcess(access, 0, pid)),
    thisProcess: -1,
    readStart: (process) => {
      const times = [Buffer.alloc(8), Buffer.alloc(8), Buffer.alloc(8), Buffer.alloc(8)] as const;
      return readTimes(process, ...times) === 0 ? undefined : times[0].readBigInt64LE();
    },
    terminateProcess: (process, exitCode) => terminateProcess(process, exitCode) !== 0,
    close: (handle) => void close(handle),
    joinConsole: (pid) => attachConsole(pid) !== 0,
    leaveConsole: () => void freeConsole(),
    consolePids: () => {
      const pids = Buffer.alloc(mostConsolePids * 4);
      const count = Math.min(listConsole(pids, mostConsolePids), mostConsolePids);
      return Array.from({ length: count }, (_, index) => pids.readUInt32LE(index * 4));
    },
    sendConsoleEvent: (event) => generateEvent(event, 0) !== 0,
    ignoreInterrupts: (ignore) => void setHandler(null, ignore ? 1 : 0),
  };
}

function opened(handle: Handle): Handle | undefined {
  return Number(handle) === 0 ? undefined : handle;
}
