import type { Files } from "@fairlead/core";
import {
  type CallContext,
  type DuplexHandler,
  type FileRootsResponse,
  type FileStreamRequest__Output,
  type FileStreamResponse,
  type MakeFolderRequest__Output,
  type MakeFolderResponse,
  type RemoveFileRequest__Output,
  type RemoveFileResponse,
  readSessionRef,
  type StatFileRequest__Output,
  type StatFileResponse,
  toFileFactsMessage,
  type UnaryHandler,
} from "@fairlead/wire";
import { serveFileStream } from "../files/serve-file-stream.js";
import type { Session } from "../session/session.js";
import type { SessionRegistry } from "../session/session-registry.js";

/** The handlers of `FilesService`. */
export interface FilesServiceHandlers {
  readonly Roots: UnaryHandler<object, FileRootsResponse>;
  readonly Stat: UnaryHandler<StatFileRequest__Output, StatFileResponse>;
  readonly Remove: UnaryHandler<RemoveFileRequest__Output, RemoveFileResponse>;
  readonly MakeFolder: UnaryHandler<MakeFolderRequest__Output, MakeFolderResponse>;
  readonly Stream: DuplexHandler<FileStreamRequest__Output, FileStreamResponse>;
}

/** The service and what it has under way. */
export interface FilesService {
  readonly handlers: FilesServiceHandlers;
  /** Settles when nothing is under way: unfinished files were taken away again. */
  idle(): Promise<void>;
}

/** Does for the caller's session what can be done with files. */
export function createFilesService(registry: SessionRegistry, files: Files): FilesService {
  const work = new Set<Promise<unknown>>();
  const tracked = <Result>(doing: Promise<Result>): Promise<Result> => {
    const settled = doing.catch(() => {}).finally(() => work.delete(settled));
    work.add(settled);
    return doing;
  };
  const sessionOf = (context: CallContext): Session =>
    registry.find(readSessionRef(context.metadata), context.principal);
  const handlers: FilesServiceHandlers = {
    Roots: async (_, context) => {
      sessionOf(context);
      return { uris: [...(await files.roots())] };
    },
    Stat: async ({ uri }, context) => {
      sessionOf(context);
      return { file: toFileFactsMessage(await files.stat(uri)) };
    },
    Remove: async (request, context) =>
      sessionOf(context).answers.once(request.opId, request, async () => {
        const { uri, recursive } = request;
        await tracked(files.remove(uri, { recursive }));
        return {};
      }),
    MakeFolder: async (request, context) =>
      sessionOf(context).answers.once(request.opId, request, async () => {
        const { uri, recursive } = request;
        return { folder: toFileFactsMessage(await tracked(files.mkdir(uri, { recursive }))) };
      }),
    Stream: async (call, context) => {
      const session = sessionOf(context);
      await serveFileStream(call, {
        files,
        limits: registry.limits,
        streams: session.fileStreams,
        signal: context.signal,
        onHeard: () => session.heard(),
        onWork: (done) => void tracked(done),
      });
    },
  };
  return {
    handlers,
    idle: async () => {
      await Promise.all(work);
    },
  };
}
