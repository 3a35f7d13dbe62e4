const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

/** Every limit of an executor session, all told to the client when it opens one. Bytes are bytes, times milliseconds. */
export interface ExecutorLimits {
  /** Payload that one frame carries where more is waiting. */
  readonly frameTargetBytes: number;
  /** Payload above which a frame is refused. */
  readonly frameMaxBytes: number;
  /** Bytes of one stream that may be under way without an acknowledgement. */
  readonly windowBytes: number;
  readonly processesPerSession: number;
  readonly processesPerExecutor: number;
  readonly sessionsPerExecutor: number;
  /** Answers to mutating calls that are remembered, so that a repeated call is not done twice. */
  readonly rememberedAnswers: number;
  /** Sum of all stream windows of a session. */
  readonly sessionBufferBytes: number;
  /** Environment that one launch may set: names and values together. */
  readonly environmentBytes: number;
  /** Program and arguments of one launch together. */
  readonly argumentBytes: number;
  /** How often each side of a lease is heard from. */
  readonly heartbeatMs: number;
  /** Heartbeats that may be missed before a peer counts as gone. */
  readonly heartbeatsMissed: number;
  /** How long the outputs of an exited process are waited for when a grandchild holds the pipe. */
  readonly drainMs: number;
  /** The longest time a session without a client may keep its processes. */
  readonly detachTtlMaxMs: number;
  /** HTTP requests under way. */
  readonly httpRequestsPerSession: number;
  /** Body of one HTTP request. */
  readonly httpRequestBodyBytes: number;
  /** Content of a file that one frame carries. */
  readonly fileBlockBytes: number;
  /** Reads, writes, listings, searches and watches of files under way. */
  readonly fileStreamsPerSession: number;
}

/** The limits an executor has unless told otherwise. */
export const defaultExecutorLimits: ExecutorLimits = {
  frameTargetBytes: 64 * kibibyte,
  frameMaxBytes: mebibyte,
  windowBytes: 4 * mebibyte,
  processesPerSession: 256,
  processesPerExecutor: 1024,
  sessionsPerExecutor: 64,
  rememberedAnswers: 1024,
  sessionBufferBytes: 256 * mebibyte,
  environmentBytes: 128 * kibibyte,
  argumentBytes: 128 * kibibyte,
  heartbeatMs: 5_000,
  heartbeatsMissed: 3,
  drainMs: 2_000,
  detachTtlMaxMs: 600_000,
  httpRequestsPerSession: 128,
  httpRequestBodyBytes: 64 * mebibyte,
  fileBlockBytes: mebibyte,
  fileStreamsPerSession: 64,
};

/** How long a session keeps its processes without a client, where the client names no wish. */
export const defaultDetachTtlMs = {
  /** On a direct unix socket or pipe the client is on this machine: a broken connection means that it is gone. */
  sameMachine: 2_000,
  /** Across a network a broken connection usually means a broken network. */
  network: 30_000,
} as const;
