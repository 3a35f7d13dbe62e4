import type { FileEvent, FileFacts, FolderEntry, SearchMatch, SearchUpdate } from "@fairlead/core";
import { describe, expect, test } from "vitest";
import { packageDefinition } from "../contract.js";
import {
  fromFileEventMessage,
  fromFileFactsMessage,
  fromFileMatchMessage,
  fromFolderEntryMessage,
  fromListHead,
  fromSearchHead,
  fromSearchProgressMessage,
  fromWriteHead,
  toFileEventMessage,
  toFileFactsMessage,
  toFileMatchMessage,
  toFolderEntryMessage,
  toListHead,
  toSearchHead,
  toSearchProgressMessage,
  toWriteHead,
} from "./files.js";

/** Encodes and decodes, so that what protobuf does to absent and default values is seen too. */
function overTheWire(name: string, message: object): never {
  const codec = packageDefinition[`fairlead.executor.v1.${name}`] as unknown as {
    serialize(value: object): Buffer;
    deserialize(bytes: Buffer): never;
  };
  return codec.deserialize(codec.serialize(message));
}

describe("over the wire", () => {
  test.each<FileFacts>([
    { uri: "file:///a", kind: "file", sizeBytes: 2 ** 45, modifiedAtMs: -5, mode: 0o4755, version: "v" },
    { uri: "file:///", kind: "directory", sizeBytes: 0, modifiedAtMs: 0, mode: 0, version: "" },
    { uri: "file:///l", kind: "link", sizeBytes: 1, modifiedAtMs: 1, mode: 1, version: "w" },
    { uri: "file:///o", kind: "other", sizeBytes: 1, modifiedAtMs: 1, mode: 1, version: "w" },
  ])("what is known about a $kind arrives whole", (facts) => {
    expect(fromFileFactsMessage(overTheWire("FileFacts", toFileFactsMessage(facts)))).toEqual(facts);
  });

  test.each<FolderEntry>([
    { name: "a\nb", uri: "file:///a%0Ab", kind: "file" },
    { name: "\u{fffd}", uri: undefined, kind: "directory" },
    { name: "x", uri: "file:///x", kind: "file", sizeBytes: 0, modifiedAtMs: 0 },
  ])("the entry $name arrives whole", (entry) => {
    expect(fromFolderEntryMessage(overTheWire("FolderEntry", toFolderEntryMessage(entry)))).toEqual(entry);
  });

  test("a match and how far a search has come arrive whole", () => {
    const match: SearchMatch = {
      uri: "file:///a",
      path: "ä/😀",
      kind: "file",
      score: -3,
      positions: [0, 300],
    };
    expect(fromFileMatchMessage(overTheWire("FileMatch", toFileMatchMessage(match)))).toEqual(match);
    const update: SearchUpdate = {
      matches: [match],
      scannedCount: 1_000_000,
      skippedCount: 3,
      isTruncated: true,
      isDone: true,
    };
    const progress = overTheWire("SearchProgress", toSearchProgressMessage(update));
    expect(fromSearchProgressMessage(progress, [match])).toEqual(update);
  });

  test.each<FileEvent["type"]>(["created", "changed", "removed", "overflow"])(
    "a %s event arrives",
    (type) => {
      const event: FileEvent = { type, uri: "file:///a" };
      expect(fromFileEventMessage(overTheWire("FileEvent", toFileEventMessage(event)))).toEqual(event);
    },
  );

  test("what was not asked for stays unsaid", () => {
    expect(fromListHead(overTheWire("ListFolderHead", toListHead("u", {})))).toEqual({ details: false });
    expect(fromWriteHead(overTheWire("WriteFileHead", toWriteHead("u", {})))).toEqual({
      createOnly: false,
      makeFolders: false,
    });
    expect(fromSearchHead(overTheWire("SearchFilesHead", toSearchHead("u", { query: "" })))).toEqual({
      query: "",
      includeIgnored: false,
    });
  });

  test("what was asked for arrives", () => {
    const list = { limit: 7, details: true };
    expect(fromListHead(overTheWire("ListFolderHead", toListHead("u", list)))).toEqual(list);
    const write = { createOnly: true, ifVersion: "", makeFolders: true, mode: 0 };
    expect(fromWriteHead(overTheWire("WriteFileHead", toWriteHead("u", write)))).toEqual(write);
    const search = { query: "q", limit: 1, entryLimit: 2, includeIgnored: true };
    expect(fromSearchHead(overTheWire("SearchFilesHead", toSearchHead("u", search)))).toEqual(search);
  });
});

test("an executor that leaves out what it must tell about a file breaks the contract", () => {
  expect(() => fromFileFactsMessage(undefined)).toThrow(/left out/);
});
