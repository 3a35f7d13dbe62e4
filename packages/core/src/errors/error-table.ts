/** How one kind of failure looks at every edge: to gRPC, to a shell, and to whoever wonders about trying again. */
export interface ErrorTableRow {
  /** When this code is used, in a few words; docs/errors.md says the same. */
  readonly when: string;
  /** The gRPC status name, or null where the failure never crosses gRPC. */
  readonly grpc: string | null;
  /** The process exit code of the command line. */
  readonly exit: number;
  /**
   * `yes`: the same call may be repeated, provided its effect is `none`. `later`: after something was freed.
   * `caller`: only the caller can know. `no`: it would fail again.
   */
  readonly retry: "yes" | "no" | "later" | "caller";
}

/** The one table of failures. Pinned by a test, told in docs/errors.md; every other mapping is derived from it. */
export const errorTable = {
  usage: { when: "bad argv, config or argument", grpc: "INVALID_ARGUMENT", exit: 2, retry: "no" },
  unauthenticated: { when: "missing or wrong credentials", grpc: "UNAUTHENTICATED", exit: 3, retry: "no" },
  forbidden: { when: "refused by policy", grpc: "PERMISSION_DENIED", exit: 3, retry: "no" },
  unavailable: {
    when: "executor or server unreachable, died, or its session was lost",
    grpc: "UNAVAILABLE",
    exit: 4,
    retry: "yes",
  },
  not_found: {
    when: "no such session, process, server, tool or program",
    grpc: "NOT_FOUND",
    exit: 5,
    retry: "no",
  },
  already_exists: {
    when: "the name or id is taken by something else",
    grpc: "ALREADY_EXISTS",
    exit: 5,
    retry: "no",
  },
  resource_exhausted: {
    when: "one of our limits was reached",
    grpc: "RESOURCE_EXHAUSTED",
    exit: 6,
    retry: "later",
  },
  protocol: {
    when: "the peer broke the contract, or speaks another version",
    grpc: "FAILED_PRECONDITION",
    exit: 7,
    retry: "no",
  },
  tool_failed: { when: "the tool answered isError", grpc: null, exit: 8, retry: "caller" },
  deadline_exceeded: {
    when: "our time limit passed; the effect is unknown",
    grpc: "DEADLINE_EXCEEDED",
    exit: 124,
    retry: "caller",
  },
  canceled: { when: "a signal aborted it", grpc: "CANCELLED", exit: 130, retry: "no" },
  internal: { when: "a bug of ours", grpc: "INTERNAL", exit: 1, retry: "no" },
} as const satisfies Record<string, ErrorTableRow>;

/** The closed set of failure codes. */
export type ErrorCode = keyof typeof errorTable;

/** Every code, in the order of the table. */
export const errorCodes = Object.keys(errorTable) as readonly ErrorCode[];

/** Tells whether a text, for example one that a peer sent, is one of our codes. */
export function isErrorCode(value: string): value is ErrorCode {
  return Object.hasOwn(errorTable, value);
}
