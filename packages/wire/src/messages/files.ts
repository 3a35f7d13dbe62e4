import {
  FairleadError,
  type FileEvent,
  type FileFacts,
  type FileKind,
  type FolderEntry,
  type ListOptions,
  type ReadOptions,
  type SearchMatch,
  type SearchOptions,
  type SearchUpdate,
  type WriteOptions,
} from "@fairlead/core";
import type {
  FileEvent__Output,
  FileEvent as FileEventMessage,
} from "../gen/fairlead/executor/v1/FileEvent.js";
import type { FileEventType__Output } from "../gen/fairlead/executor/v1/FileEventType.js";
import type {
  FileFacts__Output,
  FileFacts as FileFactsMessage,
} from "../gen/fairlead/executor/v1/FileFacts.js";
import type { FileKind__Output } from "../gen/fairlead/executor/v1/FileKind.js";
import type { FileMatch, FileMatch__Output } from "../gen/fairlead/executor/v1/FileMatch.js";
import type {
  FolderEntry__Output,
  FolderEntry as FolderEntryMessage,
} from "../gen/fairlead/executor/v1/FolderEntry.js";
import type { ListFolderHead, ListFolderHead__Output } from "../gen/fairlead/executor/v1/ListFolderHead.js";
import type { ReadFileHead__Output } from "../gen/fairlead/executor/v1/ReadFileHead.js";
import type {
  SearchFilesHead,
  SearchFilesHead__Output,
} from "../gen/fairlead/executor/v1/SearchFilesHead.js";
import type { SearchProgress, SearchProgress__Output } from "../gen/fairlead/executor/v1/SearchProgress.js";
import type { WriteFileHead, WriteFileHead__Output } from "../gen/fairlead/executor/v1/WriteFileHead.js";

/** What is known about a file, for the wire. */
export function toFileFactsMessage(facts: FileFacts): FileFactsMessage {
  return { ...facts, kind: messageOfKind[facts.kind] };
}

/** What is known about a file, from the wire. @throws FairleadError `protocol` where it was left out */
export function fromFileFactsMessage(message: FileFacts__Output | null | undefined): FileFacts {
  if (message == null) {
    throw new FairleadError("protocol", "The executor left out what it must tell about a file", {
      reason: "frame_invalid",
    });
  }
  const { uri, kind, sizeBytes, modifiedAtMs, mode, version } = message;
  return { uri, kind: kindOfMessage(kind), sizeBytes, modifiedAtMs, mode, version };
}

/** An entry of a folder for the wire. */
export function toFolderEntryMessage({ name, uri, kind, ...details }: FolderEntry): FolderEntryMessage {
  const { sizeBytes, modifiedAtMs } = details;
  return {
    name,
    kind: messageOfKind[kind],
    ...(uri === undefined ? {} : { uri }),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(modifiedAtMs === undefined ? {} : { modifiedAtMs }),
  };
}

/** An entry of a folder from the wire. */
export function fromFolderEntryMessage(message: FolderEntry__Output): FolderEntry {
  const { name, uri, kind, sizeBytes, modifiedAtMs } = message;
  return {
    name,
    uri,
    kind: kindOfMessage(kind),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(modifiedAtMs === undefined ? {} : { modifiedAtMs }),
  };
}

/** A match of a search for the wire. */
export function toFileMatchMessage({ positions, kind, score, ...rest }: SearchMatch): FileMatch {
  return { ...rest, kind: messageOfKind[kind], score: Math.round(score), positions: [...positions] };
}

/** A match of a search from the wire. */
export function fromFileMatchMessage({ uri, path, kind, score, positions }: FileMatch__Output): SearchMatch {
  return { uri, path, kind: kindOfMessage(kind), score, positions };
}

/** How far a search has come, for the wire. */
export function toSearchProgressMessage(update: SearchUpdate): SearchProgress {
  const { scannedCount, skippedCount, isTruncated, isDone } = update;
  return { scannedCount, skippedCount, isTruncated, isDone };
}

/** An update of a search from the wire. */
export function fromSearchProgressMessage(
  { scannedCount, skippedCount, isTruncated, isDone }: SearchProgress__Output,
  matches: readonly SearchMatch[],
): SearchUpdate {
  return { matches, scannedCount, skippedCount, isTruncated, isDone };
}

/** An event of a watch for the wire. */
export function toFileEventMessage({ type, uri }: FileEvent): FileEventMessage {
  return { type: messageOfEvent[type], uri };
}

/** An event of a watch from the wire; one of a newer executor says only that something is to be looked at. */
export function fromFileEventMessage({ type, uri }: FileEvent__Output): FileEvent {
  return { type: eventOfMessage[type] ?? "overflow", uri };
}

/** What to list, for the wire. */
export function toListHead(uri: string, { limit, details = false }: ListOptions): ListFolderHead {
  return { uri, details, ...(limit === undefined ? {} : { limit }) };
}

/** How to list, from the wire. */
export function fromListHead({ limit, details }: ListFolderHead__Output): ListOptions {
  return { limit, details };
}

/** What to read, from the wire. */
export function fromReadHead({ offsetBytes, lengthBytes }: ReadFileHead__Output): ReadOptions {
  return { offsetBytes, lengthBytes };
}

/** What to write, for the wire. */
export function toWriteHead(uri: string, options: WriteOptions): WriteFileHead {
  const { createOnly = false, ifVersion, makeFolders = false, mode } = options;
  return {
    uri,
    createOnly,
    makeFolders,
    ...(ifVersion === undefined ? {} : { ifVersion }),
    ...(mode === undefined ? {} : { mode }),
  };
}

/** How to write, from the wire. */
export function fromWriteHead(head: WriteFileHead__Output): WriteOptions {
  const { createOnly, ifVersion, makeFolders, mode } = head;
  return { createOnly, ifVersion, makeFolders, mode };
}

/** What to look for, for the wire. */
export function toSearchHead(uri: string, options: SearchOptions): SearchFilesHead {
  const { query, limit, entryLimit, includeIgnored = false } = options;
  return {
    uri,
    query,
    includeIgnored,
    ...(limit === undefined ? {} : { limit }),
    ...(entryLimit === undefined ? {} : { entryLimit }),
  };
}

/** What to look for, from the wire. */
export function fromSearchHead(head: SearchFilesHead__Output): SearchOptions {
  const { query, limit, entryLimit, includeIgnored } = head;
  return { query, limit, entryLimit, includeIgnored };
}

const messageOfKind = {
  file: "FILE_KIND_FILE",
  directory: "FILE_KIND_DIRECTORY",
  link: "FILE_KIND_LINK",
  other: "FILE_KIND_OTHER",
} as const satisfies Record<FileKind, FileKind__Output>;

function kindOfMessage(message: FileKind__Output): FileKind {
  if (message === "FILE_KIND_FILE") return "file";
  if (message === "FILE_KIND_DIRECTORY") return "directory";
  return message === "FILE_KIND_LINK" ? "link" : "other";
}

const messageOfEvent = {
  created: "FILE_EVENT_TYPE_CREATED",
  changed: "FILE_EVENT_TYPE_CHANGED",
  removed: "FILE_EVENT_TYPE_REMOVED",
  overflow: "FILE_EVENT_TYPE_OVERFLOW",
} as const satisfies Record<FileEvent["type"], FileEventType__Output>;

const eventOfMessage: Readonly<Record<string, FileEvent["type"]>> = {
  FILE_EVENT_TYPE_CREATED: "created",
  FILE_EVENT_TYPE_CHANGED: "changed",
  FILE_EVENT_TYPE_REMOVED: "removed",
};
