export type { RawEvent } from "./client/event-parser.js";
export { type InitializeOptions, initializeRawClient } from "./client/initialize-raw-client.js";
export type { RawMessage } from "./client/message-inbox.js";
export type { Envelope } from "./client/modern-envelope.js";
export {
  type RawClient,
  type RawClientExit,
  type RawClientOptions,
  spawnRawClient,
} from "./client/raw-client.js";
export {
  callHttp,
  type RawHttpAnswer,
  type RawHttpCall,
  type RawHttpListener,
  type RawHttpRequest,
} from "./client/raw-http-call.js";
export { createRawHttpClient, type RawHttpClient, type RawHttpOptions } from "./client/raw-http-client.js";
export type { RawPeer, RawRequestOptions, RawResponse, RawResult } from "./client/raw-peer.js";
export { type BinaryPathOptions, binaryCommand, binaryPath } from "./commands/binary-path.js";
export { type NodeModuleBinaryOptions, nodeModuleBinary } from "./commands/node-module-binary.js";
export { type CommandResult, type RunCommandOptions, runCommand } from "./commands/run-command.js";
export { workspaceRoot } from "./commands/workspace-root.js";
export { readCompleteFile } from "./files/read-complete-file.js";
export { createTempFolder, type TempFolder } from "./files/temp-folder.js";
export { fixtureServerPath } from "./fixture-server.js";
export { beginEventStream, formatEvent, type SentEvent, sendEvent } from "./http/event-stream.js";
export { forwardTo } from "./http/forward-to.js";
export type { HandMadeAnswer, HandMadeCall } from "./http/hand-made-call.js";
export { createHandMadeServer, type HandMadeOptions, type HandMadeServer } from "./http/hand-made-server.js";
export type { HandMadeSession } from "./http/hand-made-session.js";
export { holdRefusingPort, type RefusingPort } from "./http/hold-refusing-port.js";
export {
  type FrontHandler,
  type FrontOptions,
  type FrontRule,
  type HttpFront,
  startHttpFront,
} from "./http/http-front.js";
export { type HttpProgram, type HttpProgramOptions, startHttpProgram } from "./http/http-program.js";
export type { RecordedRequest } from "./http/recorded-request.js";
export { type ModelAnswer, type ModelItem, modelCall, modelMessage } from "./model/model-answer.js";
export {
  answersInTurn,
  type ModelProvider,
  type ModelRequest,
  type ModelScript,
  startModelProvider,
} from "./model/model-provider.js";
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
