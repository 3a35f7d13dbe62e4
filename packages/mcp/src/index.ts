export { type CallClock, startCallClock } from "./connection/call-clock.js";
export {
  openStdioChannel,
  openStdioConnection,
  type StdioConnectionOptions,
  type StdioLaunchOptions,
} from "./connection/open-stdio-connection.js";
export { methodNotFound, rpcError, rpcErrorCodes } from "./connection/rpc-errors.js";
export { type StartFailure, startFailures, toStartFailure } from "./connection/server-errors.js";
export type {
  CallAnswer,
  ClosedInfo,
  ConnectionHandlers,
  InitializeResult,
  McpCall,
  McpChannel,
  McpConnection,
  RelatedCall,
  ServerRequestContext,
} from "./connection/types.js";
export { checkControlParams } from "./control/check-control-params.js";
export type {
  ControlAuthChange,
  ControlChunk,
  ControlExit,
  ControlLoginEnd,
  ControlSession,
  ControlSessionMessage,
  ControlStartupStatus,
  ControlStop,
} from "./control/control-messages.js";
export type { ControlMethodName, ControlParams, ControlResult } from "./control/control-methods.js";
export { type CheckedControlParams, controlCapability, loadControlSchemas } from "./control/control-types.js";
export {
  buildError,
  buildErrorResponse,
  buildNotification,
  buildRequest,
  buildResult,
  joinArray,
  type RangeEdit,
  replaceRanges,
} from "./envelope/build-message.js";
export { createEnvelopeProbe, type EnvelopeProbe, type ProbedEnvelope } from "./envelope/envelope-probe.js";
export type { ByteRange } from "./envelope/json-scan.js";
export {
  decodeString,
  elementRanges,
  findMember,
  parseRange,
  sliceRange,
  textMember,
} from "./envelope/members.js";
export { type MessageId, messageIdKey, readMessageId } from "./envelope/message-id.js";
export {
  type InvalidMessage,
  type InvalidReason,
  type ScannedErrorAnswer,
  type ScannedMessage,
  type ScannedNotification,
  type ScannedRequest,
  type ScannedResult,
  scanMessage,
} from "./envelope/scan-message.js";
export {
  type AgentMessage,
  type AgentMessageClass,
  classifyAgentMessage,
  establishedEra,
  isLogLevel,
  isLogWanted,
  type LogLevel,
  logLevels,
  type ModernEnvelope,
} from "./eras/classify.js";
export { buildDiscoverResult } from "./eras/discover.js";
export {
  missingCapabilityError,
  noEquivalentError,
  notInServerEraError,
  type RpcErrorObject,
  removedMethodError,
  unsupportedVersionError,
} from "./eras/era-errors.js";
export { missingCapabilities, neededCapabilities } from "./eras/input-capabilities.js";
export {
  buildInputRequired,
  type InputAnswers,
  type InputRequest,
  type InputRequestMethod,
  type InputRequired,
  isInputRequestMethod,
  readInputAnswers,
  withoutInputAnswers,
} from "./eras/input-required.js";
export { toLegacyParams, toLegacyRequestParams } from "./eras/legacy-params.js";
export {
  buildAcknowledgement,
  buildListenEnd,
  isListenedNotification,
  isSubscribedTo,
  type ListenFilter,
  listenerWants,
  readListenFilter,
  stampSubscription,
} from "./eras/listen.js";
export { isKnownRequest, isRemovedNotification, isRemovedRequest, isTaskRequest } from "./eras/methods.js";
export { completeModernResult, toModernResult } from "./eras/modern-result.js";
export {
  type Era,
  isKnownVersion,
  isLegacyVersion,
  isModernVersion,
  negotiateLegacyVersion,
} from "./eras/protocol-versions.js";
export { headerMismatchError, namedMember, type StandardHeaders } from "./eras/standard-headers.js";
export { readUrlElicitations } from "./eras/url-elicitations.js";
export {
  createLineSplitter,
  defaultMaxMessageBytes,
  type LineSplitter,
  type LineSplitterOptions,
  type OversizeLine,
} from "./framing/line-splitter.js";
export { encodeHeaderValue } from "./http/header-values.js";
export type { EndpointHeaders, HttpEndpoint } from "./http/http-endpoint.js";
export { type ModernHttpOptions, openModernHttpChannel } from "./http/modern-http-channel.js";
export { type HttpConnectionOptions, openHttpConnection } from "./http/open-http-connection.js";
export {
  type ListedItem,
  type Listing,
  type ListMethod,
  type ListOptions,
  listAll,
} from "./lists/list-all.js";
export { listNotifications, listsChangedBy } from "./lists/list-notifications.js";
export { type ModernOptions, openModernConnection } from "./modern/open-modern-connection.js";
export { defaultMaxNameBytes, exposedName, serverNameProblem } from "./names/exposed-name.js";
export { type OpenConnectionOptions, openConnection, type ServerTransport } from "./open/open-connection.js";
