import {
  type ErrorCode,
  type ErrorEffect,
  type ErrorReason,
  FairleadError,
  isFairleadError,
  quotePath,
} from "@fairlead/core";

/** What was being done to what, for messages. */
export interface FileTask {
  /** A verb, as in "Cannot read …". */
  readonly doing: string;
  /** As this machine spells it. */
  readonly path: string;
}

type Row = readonly [code: ErrorCode, reason: ErrorReason, what: string];

const missing: Row = ["not_found", "file_unknown", "there is no such file or folder"];
const denied: Row = ["forbidden", "access_denied", "the system does not allow it to this user"];
const full: Row = ["resource_exhausted", "disk_full", "no space is left there"];
const tooMany: Row = ["resource_exhausted", "limit_reached", "too many files are open"];
const failed: Row = ["unavailable", "io_failed", "the disk failed"];

const rows: Readonly<Record<string, Row>> = {
  ENOENT: missing,
  EEXIST: ["already_exists", "file_exists", "something of that name is there already"],
  EACCES: denied,
  EPERM: denied,
  EROFS: denied,
  ETXTBSY: denied,
  EBUSY: denied,
  EISDIR: ["usage", "is_a_directory", "it is a folder"],
  ENOTDIR: ["usage", "not_a_directory", "it is not a folder, or a part of the path is none"],
  ENOTEMPTY: [
    "usage",
    "directory_not_empty",
    "the folder is not empty; remove it recursively to lose what is in it",
  ],
  ENAMETOOLONG: ["usage", "name_too_long", "a name in it is too long, or the whole path is"],
  ELOOP: ["usage", "path_invalid", "its links lead in a circle"],
  ENXIO: ["usage", "not_a_file", "it is a device, a socket or a pipe"],
  ENODEV: ["usage", "not_a_file", "it is a device, a socket or a pipe"],
  EFBIG: ["resource_exhausted", "file_too_large", "it is larger than the file system allows"],
  ENOSPC: full,
  EDQUOT: full,
  EMFILE: tooMany,
  ENFILE: tooMany,
};

/**
 * Gives what the file system failed with as one of ours.
 * @param effect `unknown` where something may have changed. @default "none"
 */
export function toFileError(cause: unknown, task: FileTask, effect: ErrorEffect = "none"): FairleadError {
  if (isFairleadError(cause)) return cause;
  const errno = errnoOf(cause);
  if (errno === undefined && !(cause instanceof Error && "syscall" in cause))
    return new FairleadError("internal", `Cannot ${task.doing} ${quotePath(task.path)}`, { cause, effect });
  return fileError(rows[errno ?? ""] ?? failed, task, { cause, effect, errno });
}

/** A refusal of our own, in the words of the table. */
export function refusal(errno: keyof typeof rows, task: FileTask): FairleadError {
  return fileError(rows[errno] ?? failed, task, { effect: "none" });
}

/** The failure of a path that leads, or turned out to lead, out of the roots. */
export function outsideRoots({ doing, path }: FileTask): FairleadError {
  return new FairleadError(
    "forbidden",
    `Cannot ${doing} ${quotePath(path)}: it is outside the folders that may be used here. Unless it was given others, an executor opens the home folder of its user, and the folder that it was started in`,
    { reason: "policy_denied", effect: "none", details: { path } },
  );
}

/** A failure with a text of its own. */
export function fileFailure(
  [code, reason, what]: Row,
  { doing, path }: FileTask,
  effect: ErrorEffect = "none",
): FairleadError {
  return new FairleadError(code, `Cannot ${doing} ${quotePath(path)}: ${what}`, {
    reason,
    effect,
    details: { path },
  });
}

/** The system's name of a failure, for example `ENOENT`. */
export function errnoOf(cause: unknown): string | undefined {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" && "errno" in cause
    ? cause.code
    : undefined;
}

function fileError(
  [code, reason, what]: Row,
  { doing, path }: FileTask,
  told: { readonly cause?: unknown; readonly effect: ErrorEffect; readonly errno?: string | undefined },
): FairleadError {
  const { cause, effect, errno } = told;
  return new FairleadError(code, `Cannot ${doing} ${quotePath(path)}: ${what}`, {
    cause,
    reason,
    effect,
    details: { path, ...(errno === undefined ? {} : { errno }) },
  });
}
