import * as config from "@fairlead/config";
import * as core from "@fairlead/core";
import * as executor from "@fairlead/executor";
import * as host from "@fairlead/host";
import * as link from "@fairlead/link";
import * as machine from "@fairlead/machine";
import * as mcp from "@fairlead/mcp";
import * as wire from "@fairlead/wire";
import * as fairlead from "fairlead";
import { describe, expect, test } from "vitest";

/** What other packages and embedding programs can hold on to. Taking a name away breaks them; adding one is a promise. */
describe("the public names of", () => {
  test("fairlead", () =>
    expect(namesOf(fairlead)).toMatchInlineSnapshot(
      `"connectExecutor createHost createLocalLauncher isFairleadError"`,
    ));
  test("core", () =>
    expect(namesOf(core)).toMatchInlineSnapshot(
      `"BoundedQueue FairleadError basenameOfPathUri canceledError checkListOptions checkReadOptions checkSearchOptions contentChunks conventionOfSpelling createDeferred createId createPathMap defaultDetachTtlMs defaultExecutorLimits defaultStopTimes dropContent errorCodes errorReasons errorTable foldWindowsCase fromPathUri hastyStopTimes isErrorCode isErrorReason isFairleadError isInsidePathUri isJsonObject joinPathUri maxTimerMs notAbsolute parentOfPathUri parseJsonObject quotePath readBytes resolveHome resolvePathUri retryInUse secondLookMs settlesWithinMs shellLine startPeerWatch toFairleadError toPathUri untilAborted withEffect withRestartNote withinMs"`,
    ));
  test("wire", () =>
    expect(namesOf(wire)).toMatchInlineSnapshot(
      `"addStandardServices closeFailedClientSockets connectionWindowBytes createCallMetadata createTurnFlusher fileWindowBytes fromExitedMessage fromFileEventMessage fromFileFactsMessage fromFileMatchMessage fromFolderEntryMessage fromHttpRequestHead fromLimitsMessage fromListHead fromMachineMessage fromProbeRequest fromProbeResponse fromProcessInfoMessage fromReadHead fromSearchHead fromSearchProgressMessage fromServiceError fromStartRequest fromStopReportMessage fromStopTimesMessage fromWriteHead handle hasBrowserOrigin httpWindowBytes packageDefinition protocolVersions quietTransportLog readBearerToken readErrorDetail readSessionRef services toExitedMessage toFailedStatus toFileEventMessage toFileFactsMessage toFileMatchMessage toFolderEntryMessage toHttpRequestHead toListHead toMachineMessage toProbeRequest toProbeResponse toProcessInfoMessage toSearchHead toSearchProgressMessage toStartRequest toStopReportMessage toStopTimesMessage toWriteHead widenServerWindows"`,
    ));
  test("machine", () =>
    expect(namesOf(machine)).toMatchInlineSnapshot(
      `"buildEnvironment checkTerminalSize createFiles createHttpClient createLocalLauncher createPrivateFile createSearchPath defaultFileRoots describeMachine hardenProcess hasPty isReplacedValue keepFolderPrivate listJournaledTrees listOrphanedTrees lookAtPrivacy makePrivate makePrivateFolder openBrowser openTreeKeeper operatingSystemOf pathConventionOf probeConnection probeLaunch processStartMs quoteWindowsWord resolveProgram runTool startDaemon startDetached"`,
    ));
  test("executor", () =>
    expect(namesOf(executor)).toMatchInlineSnapshot(
      `"checkListener isLoopback parseListenAddress startExecutor"`,
    ));
  test("link", () =>
    expect(namesOf(link)).toMatchInlineSnapshot(`"connectExecutor resolveTarget startLocalExecutor"`));
  test("mcp", () =>
    expect(namesOf(mcp)).toMatchInlineSnapshot(
      `"buildAcknowledgement buildDiscoverResult buildError buildErrorResponse buildInputRequired buildListenEnd buildNotification buildRequest buildResult checkControlParams classifyAgentMessage completeModernResult controlCapability createEnvelopeProbe createLineSplitter decodeString defaultMaxMessageBytes defaultMaxNameBytes elementRanges encodeHeaderValue establishedEra exposedName findMember headerMismatchError isInputRequestMethod isKnownRequest isKnownVersion isLegacyVersion isListenedNotification isLogLevel isLogWanted isModernVersion isRemovedNotification isRemovedRequest isSubscribedTo isTaskRequest joinArray listAll listNotifications listenerWants listsChangedBy loadControlSchemas logLevels messageIdKey methodNotFound missingCapabilities missingCapabilityError namedMember neededCapabilities negotiateLegacyVersion noEquivalentError notInServerEraError openConnection openHttpConnection openModernConnection openModernHttpChannel openStdioChannel openStdioConnection parseRange readInputAnswers readListenFilter readMessageId readUrlElicitations removedMethodError replaceRanges rpcError rpcErrorCodes scanMessage serverNameProblem sliceRange stampSubscription startCallClock startFailures textMember toLegacyParams toLegacyRequestParams toModernResult toStartFailure unsupportedVersionError withoutInputAnswers"`,
    ));
  test("config", () =>
    expect(namesOf(config)).toMatchInlineSnapshot(
      `"addExecutor addServer checkConfig clientEntry clientFile clientNames configFilePath configJsonSchema describeProject didYouMean diffLines editConfigFile editFile explainKey featureList featureNames gatewayTokenVariable headerNameProblem headerValueProblem installInText isLoopbackHost isNamedSecret listConfigKeys loadConfig looksLikeKey looksLikePath maskArguments maskConfigText maskServer maskUrl mayBeSecretName namesInText nearestName parseDottedKey parseExecutorAddress parseListenAddress planImport readExecutorToken readForeignFile removeExecutor removeServer resolveExecutor secretsInArgument setServerEnabled tokenPattern uninstallFromText withEditLock"`,
    ));
  test("host", () =>
    expect(namesOf(host)).toMatchInlineSnapshot(
      `"catalogueVersion createDevboxServer createFairleadServer createHost createInstancePool createMemoryApprovalStore createServerLog createStartGate createToolFilter defaultRestartTimes defineBuiltIn describeServerEvent devboxServerName fairleadServerName listConnectors listenHttp nameTools openServer startServers"`,
    ));
});

function namesOf(module: object): string {
  return Object.keys(module).toSorted().join(" ");
}
