import { defaultExecutorLimits, type ExecutorLimits } from "@fairlead/core";
import { expect, test } from "vitest";
import { startLimited } from "./support/limited-executor.js";

/** Each one different from its default and from every other. */
const limits: ExecutorLimits = {
  frameTargetBytes: 4_096,
  frameMaxBytes: 65_537,
  windowBytes: 131_073,
  processesPerSession: 11,
  processesPerExecutor: 12,
  sessionsPerExecutor: 13,
  rememberedAnswers: 14,
  // More than 32 bits hold.
  sessionBufferBytes: 2 ** 33 + 15,
  environmentBytes: 100_016,
  argumentBytes: 100_017,
  heartbeatMs: 5_018,
  heartbeatsMissed: 4,
  drainMs: 2_019,
  detachTtlMaxMs: 600_020,
  httpRequestsPerSession: 21,
  httpRequestBodyBytes: 1_000_022,
  fileBlockBytes: 100_023,
  fileStreamsPerSession: 24,
};

test("every limit of an executor is told at open and by describe, as it is", async () => {
  expect(Object.keys(limits).toSorted()).toEqual(Object.keys(defaultExecutorLimits).toSorted());
  for (const [name, value] of Object.entries(defaultExecutorLimits)) {
    expect(limits[name as keyof ExecutorLimits], name).not.toBe(value);
  }
  await using limited = await startLimited(limits);
  await using session = await limited.open();
  expect(session.limits).toEqual(limits);
  expect((await session.describe()).limits).toEqual(limits);
});
