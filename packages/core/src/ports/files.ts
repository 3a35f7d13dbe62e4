/**
 * The files of one machine: this one, or an executor's. Every path is a path URI of that machine (see `toPathUri`), and has to
 * lie inside one of its roots once all links are resolved. Rejects with `FairleadError`:
 *
 * - `usage` `path_invalid`, `argument_invalid`, `name_too_long`: the request cannot be made as it is given; also for a path of
 *   another machine's convention, which is never reinterpreted
 * - `forbidden` `policy_denied`: outside the roots, by `..`, by a link, or by a folder that was replaced meanwhile; also what
 *   does not exist there, so that nobody learns what does
 * - `forbidden` `access_denied`: the system refuses it to this user
 * - `not_found` `file_unknown` · `already_exists` `file_exists`, `file_changed`
 * - `usage` `is_a_directory`, `not_a_directory`, `not_a_file` (a device, a socket, a pipe), `directory_not_empty`
 * - `resource_exhausted` `file_too_large`, `disk_full`, `limit_reached`
 * - `unavailable` `io_failed`: the disk failed · `executor_unreachable`: the link broke, which ends what was under way at once
 * - `canceled`: the signal was aborted
 *
 * The effect is `none` unless something may have changed: for a write that is only after all of its content was sent.
 */
export interface Files {
  /** The folders inside which everything has to lie, as path URIs; those that do not exist are left out. */
  roots(): Promise<readonly string[]>;
  /** What is there. Follows links; one that leads nowhere is described itself, as kind `link`. */
  stat(uri: string, options?: FileCallOptions): Promise<FileFacts>;
  /** The entries of a folder, sorted by name. */
  list(uri: string, options?: ListOptions): Promise<FolderListing>;
  /**
   * Opens a file, or a part of it, for reading. Reading goes no faster than its body is read; cancel the body to stop it.
   * A file that is cut short meanwhile ends early.
   */
  read(uri: string, options?: ReadOptions): Promise<FileReading>;
  /**
   * Writes a whole file: beside it first, then in one step in its place, so that nobody ever sees half of it and a failure
   * leaves what was there. Follows links; keeps the mode of a file that it replaces.
   * @returns the file as it is now
   */
  write(uri: string, content: FileContent, options?: WriteOptions): Promise<FileFacts>;
  /** Removes a file, a link (never what it leads to), or an empty folder. A root cannot be removed. */
  remove(uri: string, options?: RemoveOptions): Promise<void>;
  /** Makes a folder. @returns the folder; `already_exists` where something is there, unless it is a folder and `recursive` */
  mkdir(uri: string, options?: MkdirOptions): Promise<FileFacts>;
  /**
   * Looks for files below a folder whose path has the characters of the query in their order. The best ones so far come
   * again and again, the last update with `isDone`. Leaving the loop, or aborting the signal (which throws), ends the walk.
   * Links are found but not followed; `.git` and what .gitignore and .ignore files say are left out.
   */
  search(uri: string, options: SearchOptions): AsyncIterable<SearchUpdate>;
  /** Tells what happens to a file, or to the direct entries of a folder. Settles once nothing can be missed any more. */
  watch(uri: string, options?: FileCallOptions): Promise<FileWatch>;
}

/** What every call takes. */
export interface FileCallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** What something in a file system is. `other` is a device, a socket, a pipe. */
export type FileKind = "file" | "directory" | "link" | "other";

/** What is known about a file or folder. */
export interface FileFacts {
  /** Where it really is, links resolved. */
  readonly uri: string;
  readonly kind: FileKind;
  readonly sizeBytes: number;
  /** By the clock of its machine, milliseconds since 1970. */
  readonly modifiedAtMs: number;
  /** Its permission bits, for example 0o644; not telling on Windows. */
  readonly mode: number;
  /** Another text whenever its content was changed or replaced. Compare it, do not read it. */
  readonly version: string;
}

/** How to list a folder. */
export interface ListOptions extends FileCallOptions {
  /** Entries at most. @default 10,000, more than anybody reads; 100,000 at most */
  readonly limit?: number | undefined;
  /** With size and time of each, which costs a look at each of them. @default false */
  readonly details?: boolean | undefined;
}

/** The entries of a folder. */
export interface FolderListing {
  readonly entries: readonly FolderEntry[];
  /** There are more than the limit; which ones were left out is chance. */
  readonly isTruncated: boolean;
}

/** One entry of a folder. Links are not followed. */
export interface FolderEntry {
  /** As it is spelled there; bytes that are no text show as U+FFFD. */
  readonly name: string;
  /** Its path; undefined where its name is no text, which no path URI can say. */
  readonly uri: string | undefined;
  readonly kind: FileKind;
  /** Only with `details`, and not for what vanished meanwhile. */
  readonly sizeBytes?: number | undefined;
  /** Only with `details`. */
  readonly modifiedAtMs?: number | undefined;
}

/** Which part of a file to read. */
export interface ReadOptions extends FileCallOptions {
  /** Where to begin; from the end where it is negative. Beyond the end there is nothing to read. @default 0 */
  readonly offsetBytes?: number | undefined;
  /** How much at most. @default all the rest */
  readonly lengthBytes?: number | undefined;
}

/** A file that is being read. */
export interface FileReading {
  /** As it was when it was opened. */
  readonly file: FileFacts;
  /** Where the body begins. */
  readonly offsetBytes: number;
  /** In chunks of at most 1 MiB. */
  readonly body: ReadableStream<Uint8Array>;
}

/** What to write. A stream is taken over: it is read to its end or cancelled. */
export type FileContent = Uint8Array | ReadableStream<Uint8Array>;

/** How to write a file. */
export interface WriteOptions extends FileCallOptions {
  /** Fails with `file_exists` where anything is there, be it a link that leads nowhere. @default false */
  readonly createOnly?: boolean | undefined;
  /** Fails with `file_changed` unless the file that is there has this version: nobody wrote it since it was looked at. */
  readonly ifVersion?: string | undefined;
  /** Makes the missing folders above it. @default false */
  readonly makeFolders?: boolean | undefined;
  /** Permission bits of a file that was not there before. @default 0o666 without what the umask takes */
  readonly mode?: number | undefined;
}

/** How to remove. */
export interface RemoveOptions extends FileCallOptions {
  /** Folders with everything in them. Links inside are removed, not followed. @default false */
  readonly recursive?: boolean | undefined;
}

/** How to make a folder. */
export interface MkdirOptions extends FileCallOptions {
  /** Makes the missing folders above it too, and takes one that is there. @default false */
  readonly recursive?: boolean | undefined;
}

/** What to look for. */
export interface SearchOptions extends FileCallOptions {
  /**
   * Up to 256 characters. Case counts only where it has capitals; words apart by spaces must all be found. Empty: everything.
   */
  readonly query: string;
  /** Matches at most. @default 100; 1,000 at most */
  readonly limit?: number | undefined;
  /** Entries to look at. @default 1,000,000, which is also the most */
  readonly entryLimit?: number | undefined;
  /** Also what .gitignore and .ignore files leave out. @default false */
  readonly includeIgnored?: boolean | undefined;
}

/** The best matches so far. */
export interface SearchUpdate {
  /** The best first. They replace those of the update before. */
  readonly matches: readonly SearchMatch[];
  /** Entries looked at. */
  readonly scannedCount: number;
  /** Entries and folders that could not be looked at: no permission, or a name that is no text. */
  readonly skippedCount: number;
  /** The entry limit was reached before the end. */
  readonly isTruncated: boolean;
  /** Nothing more comes. */
  readonly isDone: boolean;
}

/** A file whose path matches. */
export interface SearchMatch {
  readonly uri: string;
  /** From the folder that was searched on, with `/` on every machine. */
  readonly path: string;
  readonly kind: FileKind;
  /** Comparable within one search. */
  readonly score: number;
  /** Which UTF-16 units of `path` matched, in order. */
  readonly positions: readonly number[];
}

/** Something happened. */
export interface FileEvent {
  /** `overflow`: too much at once, some of it is not told; look again. */
  readonly type: "created" | "changed" | "removed" | "overflow";
  /** What it happened to; for `overflow` what is watched. */
  readonly uri: string;
}

/**
 * A watch that runs. Its iteration ends when it is closed, or after the event that the watched folder was removed or moved
 * away; a file that is removed may come back. It fails where the link breaks or the signal is aborted.
 */
export interface FileWatch extends AsyncDisposable, AsyncIterable<FileEvent> {
  close(): Promise<void>;
}
