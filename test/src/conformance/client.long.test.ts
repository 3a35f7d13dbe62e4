import { createMarker, waitUntilGone } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { startTestExecutor } from "../servers/support/start-test-executor.js";
import { formatOutcomes } from "./format-outcomes.js";
import type { ScenarioOutcome } from "./read-outcomes.js";
import { revisions, scoredScenarios } from "./requirement-set.js";
import { findRunnerNode, runRunner } from "./run-runner.js";

const node = findRunnerNode();
const runs = revisions.flatMap((revision) =>
  ["directly", "through an executor"].map((route) => ({ revision, route })),
);

test("each revision requires something of a client that does not log in", () => {
  expect(scoredScenarios("2025-11-25")).toContain("sse-retry");
  expect(scoredScenarios("2026-07-28")).toContain("http-custom-headers");
});

describe.skipIf(node === undefined).each(runs)("what $revision requires, $route", ({ revision, route }) => {
  const stack = createDisposeStack();
  const marker = createMarker();
  let outcomes: ReadonlyMap<string, ScenarioOutcome> = new Map();

  beforeAll(async () => {
    const executor = route === "directly" ? undefined : stack.use(await startTestExecutor());
    outcomes = await runRunner({ node: node ?? "", revision, executorUrl: executor?.url, marker });
    process.stdout.write(formatOutcomes(`${revision} ${route}`, outcomes));
    await waitUntilGone(marker, { withinMs: 10_000 });
  }, 90_000);
  afterAll(async () => stack[Symbol.asyncDispose]());

  test.each(scoredScenarios(revision))("%s", (scenario) => {
    const { passed = 0, complaints, clientOutput = "" } = outcomes.get(scenario) ?? {};
    expect(complaints, clientOutput).toEqual([]);
    expect(passed).toBeGreaterThan(0);
    expect(clientOutput.trimEnd().split("\n").at(-1)).toBe("done");
  });
});
