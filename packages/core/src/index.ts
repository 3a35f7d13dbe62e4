export { BoundedQueue, type BoundedQueueOptions } from "./async/bounded-queue.js";
export { createDeferred, type Deferred } from "./async/deferred.js";
export { type PeerWatch, type PeerWatchOptions, secondLookMs, startPeerWatch } from "./async/peer-watch.js";
export { maxTimerMs, settlesWithinMs, untilAborted, withinMs } from "./async/settle.js";
export { type ErrorReason, errorReasons, isErrorReason } from "./errors/error-reasons.js";
export {
  type ErrorCode,
  type ErrorTableRow,
  errorCodes,
  errorTable,
  isErrorCode,
} from "./errors/error-table.js";
export {
  canceledError,
  type ErrorDetails,
  type ErrorEffect,
  FairleadError,
  type FairleadErrorOptions,
  isFairleadError,
  toFairleadError,
} from "./errors/fairlead-error.js";
export { withEffect } from "./errors/with-effect.js";
export { checkListOptions, checkReadOptions, checkSearchOptions } from "./files/check-options.js";
export { contentChunks, dropContent } from "./files/content-chunks.js";
export { type ReadBytesOptions, readBytes } from "./files/read-bytes.js";
export { retryInUse } from "./files/retry-in-use.js";
export { type HomeFileSystem, resolveHome } from "./home.js";
export { createId } from "./ids.js";
export { isJsonObject, type JsonObject, parseJsonObject } from "./json/json-object.js";
export { defaultDetachTtlMs, defaultExecutorLimits, type ExecutorLimits } from "./limits.js";
export { notAbsolute } from "./paths/absolute-path.js";
export { conventionOfSpelling, type PathConvention } from "./paths/path-convention.js";
export { quotePath } from "./paths/path-error.js";
export { createPathMap, type PathMap, type PathPair } from "./paths/path-map.js";
export {
  basenameOfPathUri,
  isInsidePathUri,
  joinPathUri,
  parentOfPathUri,
} from "./paths/path-relations.js";
export { fromPathUri, resolvePathUri, toPathUri } from "./paths/path-uri.js";
export { foldWindowsCase } from "./paths/windows-case.js";
export type { Fetch, FetchInit, FetchPolicy, HeaderFromEnv } from "./ports/fetch.js";
export type {
  FileCallOptions,
  FileContent,
  FileEvent,
  FileFacts,
  FileKind,
  FileReading,
  Files,
  FileWatch,
  FolderEntry,
  FolderListing,
  ListOptions,
  MkdirOptions,
  ReadOptions,
  RemoveOptions,
  SearchMatch,
  SearchOptions,
  SearchUpdate,
  WriteOptions,
} from "./ports/files.js";
export type { LaunchFindings, LaunchNeed, LaunchQuestion, SearchPathFacts } from "./ports/launch-probe.js";
export {
  defaultStopTimes,
  type EnvironmentSpec,
  type ExitReason,
  hastyStopTimes,
  type LaunchedProcess,
  type Launcher,
  type LaunchOptions,
  type LaunchSpec,
  type OutputHandler,
  type OutputName,
  type ProcessExit,
  type StdioMode,
  type StoppedProcess,
  type StopReport,
  type StopTimes,
  type TreeProcess,
} from "./ports/launcher.js";
export { withRestartNote } from "./text/restart-note.js";
export { shellLine } from "./text/shell-line.js";
