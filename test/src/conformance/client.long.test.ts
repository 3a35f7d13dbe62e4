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

/** What the runner offers beyond the revisions, and we have: logins without a person. */
const unscored = [
  "auth/client-credentials-basic",
  "auth/client-credentials-jwt",
  "json-schema-2020-12-preservation",
];

/** Servers that nobody may log in to, and the reason that our client gives up with. */
const refusals: Readonly<Record<string, string>> = {
  "auth/scope-retry-limit": "insufficient_scope",
  "auth/resource-mismatch": "oauth_discovery_failed",
  "auth/metadata-issuer-mismatch": "oauth_discovery_failed",
  "auth/iss-supported-missing": "oauth_answer_invalid",
  "auth/iss-wrong-issuer": "oauth_answer_invalid",
  "auth/iss-unexpected": "oauth_answer_invalid",
  "auth/iss-normalized": "oauth_answer_invalid",
};

test.each([
  ["2025-11-25", 4, 14],
  ["2026-07-28", 7, 25],
] as const)("%s requires %i scenarios, and %i about logging in", (revision, others, logins) => {
  const scenarios = scoredScenarios(revision);
  expect(scenarios.filter((name) => name.startsWith("auth/"))).toHaveLength(logins);
  expect(scenarios).toHaveLength(others + logins);
});

describe.skipIf(node === undefined).each(runs)("what $revision requires, $route", ({ revision, route }) => {
  const stack = createDisposeStack();
  const marker = createMarker();
  const scenarios = [...scoredScenarios(revision), ...unscored];
  let outcomes: ReadonlyMap<string, ScenarioOutcome> = new Map();

  beforeAll(async () => {
    const executor = route === "directly" ? undefined : stack.use(await startTestExecutor());
    outcomes = await runRunner({ node: node ?? "", revision, executorUrl: executor?.url, marker }, scenarios);
    process.stdout.write(formatOutcomes(`${revision} ${route}`, outcomes, scoredScenarios(revision)));
    await waitUntilGone(marker, { withinMs: 10_000 });
  }, 600_000);
  afterAll(async () => stack[Symbol.asyncDispose]());

  test.each(scenarios)("%s", (scenario) => {
    const { passed = 0, complaints, clientOutput = "" } = outcomes.get(scenario) ?? {};
    expect(complaints, clientOutput).toEqual([]);
    expect(passed).toBeGreaterThan(0);
    expect(clientOutput.trimEnd().split("\n").at(-1)).toBe(
      scenario in refusals ? `gave up: ${refusals[scenario]}` : "done",
    );
  });
});
