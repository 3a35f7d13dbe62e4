export { type InitializeOptions, initializeRawClient } from "./client/initialize-raw-client.js";
export type { RawMessage } from "./client/message-inbox.js";
export {
  type RawClient,
  type RawClientExit,
  type RawClientOptions,
  type RawRequestOptions,
  type RawResponse,
  type RawResult,
  spawnRawClient,
} from "./client/raw-client.js";
export { type BinaryPathOptions, binaryCommand, binaryPath } from "./commands/binary-path.js";
export { type NodeModuleBinaryOptions, nodeModuleBinary } from "./commands/node-module-binary.js";
export { type CommandResult, type RunCommandOptions, runCommand } from "./commands/run-command.js";
export { workspaceRoot } from "./commands/workspace-root.js";
export { readCompleteFile } from "./files/read-complete-file.js";
export { createTempFolder, type TempFolder } from "./files/temp-folder.js";
export { fixtureServerPath } from "./fixture-server.js";
export { type LeakGuard, leakGuard } from "./processes/leak-guard.js";
export { createMarker, processesWithMarker, waitUntilGone } from "./processes/marker.js";
export {
  canCountProcesses,
  openFileCount,
  type ProcessInfo,
  processesMatching,
} from "./processes/process-table.js";
export {
  type ChaosLineShape,
  type ChaosProxy,
  type ChaosProxyOptions,
  startChaosProxy,
} from "./proxy/chaos-proxy.js";
export type { LineOrder } from "./proxy/line.js";
export type {
  Admission,
  ChaosConnection,
  ChaosCounters,
  CutRecord,
  CutSums,
  DirectionCut,
  LineControls,
  LineDirection,
} from "./proxy/types.js";
export { createSeededRandom, createTestRandom, type SeededRandom } from "./random/seeded-random.js";
export { type WaitOptions, waitUntil } from "./wait-until.js";
