import type { BigIntStats } from "node:fs";
import type { FileFacts, FileKind } from "@fairlead/core";

const permissionBits = 0o7777n;

/** What is known about a file, in the words of the port. */
export function toFileFacts(stats: BigIntStats, uri: string): FileFacts {
  return {
    uri,
    kind: toFileKind(stats),
    sizeBytes: Number(stats.size),
    modifiedAtMs: Number(stats.mtimeMs),
    mode: Number(stats.mode & permissionBits),
    version: versionOf(stats),
  };
}

/** What an entry is, from its stats or as a folder tells it. */
export function toFileKind(entry: {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}): FileKind {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "directory";
  return entry.isSymbolicLink() ? "link" : "other";
}

/** Changes with whatever replaces or changes the content: the inode with the one, size and times with the other. */
export function versionOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].map((part) => part.toString(36)).join("-");
}
