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
    expect(namesOf(fairlead)).toMatchInlineSnapshot(`"connectExecutor createHost createLocalLauncher"`));
  test("core", () =>
    expect(namesOf(core)).toMatchInlineSnapshot(
      `"FairleadError canceledError conventionOfSpelling createDeferred createId defaultDetachTtlMs defaultExecutorLimits defaultStopTimes errorCodes errorReasons errorTable fromPathUri hastyStopTimes isErrorCode isErrorReason isFairleadError maxTimerMs resolveHome secondLookMs settlesWithinMs startPeerWatch toFairleadError toPathUri untilAborted withinMs"`,
    ));
  test("wire", () =>
    expect(namesOf(wire)).toMatchInlineSnapshot(
      `"addStandardServices closeFailedClientSockets connectionWindowBytes createCallMetadata createTurnFlusher fromExitedMessage fromHttpRequestHead fromLimitsMessage fromMachineMessage fromProcessInfoMessage fromServiceError fromStartRequest fromStopReportMessage fromStopTimesMessage handle hasBrowserOrigin httpWindowBytes packageDefinition protocolVersions quietTransportLog readBearerToken readErrorDetail readSessionRef services toExitedMessage toFailedStatus toHttpRequestHead toMachineMessage toProcessInfoMessage toStartRequest toStopReportMessage toStopTimesMessage widenServerWindows"`,
    ));
  test("machine", () =>
    expect(namesOf(machine)).toMatchInlineSnapshot(
      `"buildEnvironment checkTerminalSize createHttpClient createLocalLauncher describeMachine hasPty listJournaledTrees openTreeKeeper operatingSystemOf pathConventionOf resolveProgram startDaemon"`,
    ));
  test("executor", () =>
    expect(namesOf(executor)).toMatchInlineSnapshot(`"isLoopback parseListenAddress startExecutor"`));
  test("link", () =>
    expect(namesOf(link)).toMatchInlineSnapshot(`"connectExecutor resolveTarget startLocalExecutor"`));
  test("mcp", () =>
    expect(namesOf(mcp)).toMatchInlineSnapshot(
      `"buildAcknowledgement buildDiscoverResult buildError buildErrorResponse buildInputRequired buildListenEnd buildNotification buildRequest buildResult classifyAgentMessage createLineSplitter decodeString defaultMaxMessageBytes defaultMaxNameBytes elementRanges encodeHeaderValue establishedEra exposedName findMember isInputRequestMethod isListenedNotification isLogWanted isRemovedNotification isRemovedRequest listAll listenerWants messageIdKey methodNotFound missingCapabilities missingCapabilityError neededCapabilities negotiateLegacyVersion noEquivalentError openConnection openHttpConnection openModernConnection openModernHttpChannel openStdioChannel openStdioConnection parseRange readInputAnswers readListenFilter readMessageId readUrlElicitations removedMethodError replaceRanges rpcError rpcErrorCodes scanMessage serverNameProblem sliceRange stampSubscription startFailures toLegacyParams toLegacyRequestParams toModernResult toStartFailure"`,
    ));
  test("config", () =>
    expect(namesOf(config)).toMatchInlineSnapshot(
      `"addExecutor addServer configFilePath didYouMean editConfigFile headerNameProblem headerValueProblem listConfigKeys loadConfig maskServer maskUrl nearestName parseExecutorAddress readExecutorToken removeExecutor removeServer resolveExecutor"`,
    ));
  test("host", () =>
    expect(namesOf(host)).toMatchInlineSnapshot(`"createHost createStartGate createToolFilter openServer"`));
});

function namesOf(module: object): string {
  return Object.keys(module).toSorted().join(" ");
}
