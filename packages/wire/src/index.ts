export {
  createCallMetadata,
  hasBrowserOrigin,
  readBearerToken,
  readSessionRef,
  type SessionRef,
} from "./call-metadata.js";
export { packageDefinition, protocolVersions, services } from "./contract.js";
export { type FailedStatus, readErrorDetail, toFailedStatus } from "./errors/error-detail.js";
export { fromServiceError } from "./errors/from-service-error.js";
export { closeFailedClientSockets } from "./failed-sockets.js";
export { fileWindowBytes } from "./file-window.js";
export type { Attach__Output } from "./gen/fairlead/executor/v1/Attach.js";
export type { AttachRequest, AttachRequest__Output } from "./gen/fairlead/executor/v1/AttachRequest.js";
export type { AttachResponse, AttachResponse__Output } from "./gen/fairlead/executor/v1/AttachResponse.js";
export type { CloseRequest, CloseRequest__Output } from "./gen/fairlead/executor/v1/CloseRequest.js";
export type { CloseResponse, CloseResponse__Output } from "./gen/fairlead/executor/v1/CloseResponse.js";
export type {
  DescribeResponse,
  DescribeResponse__Output,
} from "./gen/fairlead/executor/v1/DescribeResponse.js";
export type {
  FileRootsResponse,
  FileRootsResponse__Output,
} from "./gen/fairlead/executor/v1/FileRootsResponse.js";
export type {
  FileStreamRequest,
  FileStreamRequest__Output,
} from "./gen/fairlead/executor/v1/FileStreamRequest.js";
export type {
  FileStreamResponse,
  FileStreamResponse__Output,
} from "./gen/fairlead/executor/v1/FileStreamResponse.js";
export type { FilesServiceClient } from "./gen/fairlead/executor/v1/FilesService.js";
export type {
  HttpRequestFrame,
  HttpRequestFrame__Output,
} from "./gen/fairlead/executor/v1/HttpRequestFrame.js";
export type { HttpRequestHead__Output } from "./gen/fairlead/executor/v1/HttpRequestHead.js";
export type {
  HttpResponseFrame,
  HttpResponseFrame__Output,
} from "./gen/fairlead/executor/v1/HttpResponseFrame.js";
export type { HttpServiceClient } from "./gen/fairlead/executor/v1/HttpService.js";
export type { Input__Output } from "./gen/fairlead/executor/v1/Input.js";
export type { LeaseRequest, LeaseRequest__Output } from "./gen/fairlead/executor/v1/LeaseRequest.js";
export type { LeaseResponse, LeaseResponse__Output } from "./gen/fairlead/executor/v1/LeaseResponse.js";
export type { ListRequest__Output } from "./gen/fairlead/executor/v1/ListRequest.js";
export type { ListResponse, ListResponse__Output } from "./gen/fairlead/executor/v1/ListResponse.js";
export type { MachineServiceClient } from "./gen/fairlead/executor/v1/MachineService.js";
export type { MakeFolderRequest__Output } from "./gen/fairlead/executor/v1/MakeFolderRequest.js";
export type {
  MakeFolderResponse,
  MakeFolderResponse__Output,
} from "./gen/fairlead/executor/v1/MakeFolderResponse.js";
export type { OpenRequest, OpenRequest__Output } from "./gen/fairlead/executor/v1/OpenRequest.js";
export type { OpenResponse, OpenResponse__Output } from "./gen/fairlead/executor/v1/OpenResponse.js";
export type { ProbeRequest__Output } from "./gen/fairlead/executor/v1/ProbeRequest.js";
export type { ProbeResponse, ProbeResponse__Output } from "./gen/fairlead/executor/v1/ProbeResponse.js";
export type { ProcessServiceClient } from "./gen/fairlead/executor/v1/ProcessService.js";
export type { RemoveFileRequest__Output } from "./gen/fairlead/executor/v1/RemoveFileRequest.js";
export type {
  RemoveFileResponse,
  RemoveFileResponse__Output,
} from "./gen/fairlead/executor/v1/RemoveFileResponse.js";
export type { SessionServiceClient } from "./gen/fairlead/executor/v1/SessionService.js";
export type { SignalRequest__Output } from "./gen/fairlead/executor/v1/SignalRequest.js";
export type { SignalResponse } from "./gen/fairlead/executor/v1/SignalResponse.js";
export type { StartRequest, StartRequest__Output } from "./gen/fairlead/executor/v1/StartRequest.js";
export type { StartResponse, StartResponse__Output } from "./gen/fairlead/executor/v1/StartResponse.js";
export type { StatFileRequest__Output } from "./gen/fairlead/executor/v1/StatFileRequest.js";
export type {
  StatFileResponse,
  StatFileResponse__Output,
} from "./gen/fairlead/executor/v1/StatFileResponse.js";
export type { StopRequest__Output } from "./gen/fairlead/executor/v1/StopRequest.js";
export type { StopResponse, StopResponse__Output } from "./gen/fairlead/executor/v1/StopResponse.js";
export { httpWindowBytes } from "./http-window.js";
export {
  fromFileEventMessage,
  fromFileFactsMessage,
  fromFileMatchMessage,
  fromFolderEntryMessage,
  fromListHead,
  fromReadHead,
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
} from "./messages/files.js";
export {
  fromHttpRequestHead,
  type HttpRequestSpec,
  type RedirectMode,
  toHttpRequestHead,
} from "./messages/http.js";
export {
  fromProbeRequest,
  fromProbeResponse,
  toProbeRequest,
  toProbeResponse,
} from "./messages/launch-probe.js";
export { fromStartRequest, toStartRequest } from "./messages/launch-spec.js";
export {
  type ExecutorMachine,
  fromLimitsMessage,
  fromMachineMessage,
  toMachineMessage,
} from "./messages/machine.js";
export { fromExitedMessage, toExitedMessage } from "./messages/process-exit.js";
export {
  fromProcessInfoMessage,
  type ListedProcess,
  toProcessInfoMessage,
} from "./messages/process-info.js";
export {
  fromStopReportMessage,
  fromStopTimesMessage,
  toStopReportMessage,
  toStopTimesMessage,
} from "./messages/stop-report.js";
export {
  type CallContext,
  type DuplexCall,
  type DuplexHandler,
  type HandleOptions,
  handle,
  type UnaryHandler,
} from "./server/handle.js";
export { connectionWindowBytes, widenServerWindows } from "./server/http2-windows.js";
export { addStandardServices, type HealthSwitch } from "./server/standard-services.js";
export { quietTransportLog } from "./transport-log.js";
export { createTurnFlusher, type TurnFlusher } from "./turn-flusher.js";
