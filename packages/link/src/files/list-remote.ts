import {
  checkListOptions,
  createDeferred,
  type FolderEntry,
  type FolderListing,
  type ListOptions,
  withEffect,
} from "@fairlead/core";
import { fromFolderEntryMessage, toListHead } from "@fairlead/wire";
import type { SessionHandle } from "../session/session-handle.js";
import { openFileStream } from "./open-file-stream.js";

/** Lists a folder of the executor. */
export async function listRemote(
  session: SessionHandle,
  uri: string,
  options: ListOptions = {},
): Promise<FolderListing> {
  checkListOptions(options);
  const listing = createDeferred<FolderListing>();
  const entries: FolderEntry[] = [];
  let isTruncated = false;
  await openFileStream(session, {
    signal: options.signal,
    head: () => ({ list: toListHead(uri, options) }),
    onFrame: (frame) => {
      for (const entry of frame.entries) entries.push(fromFolderEntryMessage(entry));
      isTruncated ||= frame.isTruncated;
    },
    onOver: (failure) => {
      if (failure === undefined) listing.resolve({ entries, isTruncated });
      else listing.reject(withEffect(failure, "none"));
    },
  });
  return listing.promise;
}
