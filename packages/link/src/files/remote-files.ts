import { createId, type FileFacts, type Files } from "@fairlead/core";
import {
  type FileRootsResponse__Output,
  fromFileFactsMessage,
  type MakeFolderResponse__Output,
  type RemoveFileResponse__Output,
  type StatFileResponse__Output,
} from "@fairlead/wire";
import type { SessionHandle } from "../session/session-handle.js";
import { checkFilesFeature } from "./check-files-feature.js";
import { listRemote } from "./list-remote.js";
import { readRemote } from "./read-remote.js";
import { searchRemote } from "./search-remote.js";
import { watchRemote } from "./watch-remote.js";
import { writeRemote } from "./write-remote.js";

/** Makes the Files port of a session: the files of the executor's machine. */
export function createRemoteFiles(session: SessionHandle): Files {
  return {
    roots: async () => {
      checkFilesFeature(session);
      const { uris } = await session.call<FileRootsResponse__Output>({
        start: (connection, done) => connection.control.files.roots({}, connection.metadata(), done),
      });
      return uris;
    },
    stat: async (uri, { signal } = {}) => {
      checkFilesFeature(session);
      const { file } = await session.call<StatFileResponse__Output>({
        signal,
        start: (connection, done) => connection.control.files.stat({ uri }, connection.metadata(), done),
      });
      return fromFileFactsMessage(file);
    },
    remove: async (uri, { recursive = false, signal } = {}) => {
      checkFilesFeature(session);
      const request = { opId: createId("o"), uri, recursive };
      await session.call<RemoveFileResponse__Output>({
        signal,
        start: (connection, done) => connection.control.files.remove(request, connection.metadata(), done),
      });
    },
    mkdir: async (uri, { recursive = false, signal } = {}): Promise<FileFacts> => {
      checkFilesFeature(session);
      const request = { opId: createId("o"), uri, recursive };
      const { folder } = await session.call<MakeFolderResponse__Output>({
        signal,
        start: (connection, done) =>
          connection.control.files.makeFolder(request, connection.metadata(), done),
      });
      return fromFileFactsMessage(folder);
    },
    list: (uri, options) => listRemote(session, uri, options),
    read: (uri, options) => readRemote(session, uri, options),
    write: (uri, content, options) => writeRemote(session, uri, { content, options }),
    search: (uri, options) => searchRemote(session, uri, options),
    watch: (uri, options) => watchRemote(session, uri, options),
  };
}
