import { startHttpProgram } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHttpGateway } from "../fidelity/support/start-http-gateway.js";
import { createTestHome } from "../servers/support/create-test-home.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { startTestExecutor } from "../servers/support/start-test-executor.js";
import { formatOutcomes } from "./format-outcomes.js";
import type { ScenarioOutcome } from "./read-outcomes.js";
import { type Revision, revisions, scoredScenarios } from "./requirement-set.js";
import { findRunnerNode } from "./run-runner.js";
import { runServerRunner } from "./run-server-runner.js";
import { type ConformanceServer, conformanceServer } from "./server-fixtures.js";

const node = findRunnerNode();
const totals: Readonly<Record<Revision, number>> = { "2025-11-25": 30, "2026-07-28": 37 };

/**
 * It gives the first frames of a stream one second, which a machine that is busy with other suites cannot always keep; so it
 * may miss once. Every other scenario has one chance.
 */
const impatientScenario = "server-stateless";

interface Run {
  readonly revision: Revision;
  readonly way: "directly" | "behind the gateway, on an executor";
  readonly server: ConformanceServer;
  /** Scenarios that need what the server's era has no words for; each with the reason. */
  readonly lacking?: Readonly<Record<string, string>>;
}

const runs: readonly Run[] = [
  ...revisions.flatMap((revision) => [
    { revision, way: "directly", server: "dual" } as const,
    { revision, way: "behind the gateway, on an executor", server: "dual" } as const,
  ]),
  {
    revision: "2026-07-28",
    way: "behind the gateway, on an executor",
    server: "legacy-only",
    lacking: {
      "input-required-result-basic-elicitation":
        "the scenario wants a key by name, and its requests have none",
      "input-required-result-ignore-extra-params": "the same key, answered before anything was asked",
      "input-required-result-multiple-input-requests": "it cannot say that questions belong together",
    },
  },
  { revision: "2025-11-25", way: "behind the gateway, on an executor", server: "modern-only" },
];

test.each(revisions)("%s requires as many scenarios of a server as we believe", (revision) => {
  expect(scoredScenarios(revision, "server")).toHaveLength(totals[revision]);
});

describe.skipIf(node === undefined).each(runs)(
  "what $revision requires, of the $server server $way",
  ({ revision, way, server, lacking = {} }) => {
    const stack = createDisposeStack();
    const scenarios = scoredScenarios(revision, "server").filter((name) => !(name in lacking));
    let outcomes: ReadonlyMap<string, ScenarioOutcome> = new Map();

    beforeAll(async () => {
      const url = way === "directly" ? await openDirectly(stack) : await openGateway(stack, server);
      outcomes = await runServerRunner({ node: node ?? "", revision, url });
      const missed = scenarios.filter((name) => outcomes.get(name)?.complaints.length !== 0);
      if (missed.length === 1 && missed[0] === impatientScenario) {
        const why = outcomes.get(impatientScenario)?.complaints.join("; ");
        process.stdout.write(`Run a second time, for the first missed ${impatientScenario}: ${why}\n`);
        outcomes = await runServerRunner({ node: node ?? "", revision, url });
      }
      process.stdout.write(formatOutcomes(`${revision}, ${server} ${way}`, outcomes, scenarios));
    }, 120_000);
    afterAll(async () => stack[Symbol.asyncDispose]());

    test.each(scenarios)("%s", (scenario) => {
      const { passed = 0, complaints } = outcomes.get(scenario) ?? {};
      expect(complaints?.join("; ")).toBe("");
      expect(passed).toBeGreaterThan(0);
    });

    test("every scenario passes, without a warning", () => {
      const counted = scenarios.flatMap((name) => outcomes.get(name) ?? []);
      const clean = counted.filter(({ complaints }) => complaints.length === 0);
      expect(`${clean.length}/${scenarios.length}`).toBe(`${scenarios.length}/${scenarios.length}`);
      expect(scenarios.length + Object.keys(lacking).length).toBe(totals[revision]);
    });
  },
);

type Stack = ReturnType<typeof createDisposeStack>;

/** Serves the fixture over HTTP without anything of ours: what fails here is the fixture's own fault. */
async function openDirectly(stack: Stack): Promise<string> {
  const { command, args } = conformanceServer("dual", "--http");
  return stack.use(await startHttpProgram([command, ...args])).url;
}

/** Serves a stdio fixture, launched on a separate executor, through `fairlead serve --http`. */
async function openGateway(stack: Stack, server: ConformanceServer): Promise<string> {
  // What an agent can do goes to a server with a handshake once, so there each kind of agent needs a copy of its own. The
  // others need none, which matters: the runner gives one call 600 ms, and a busy machine needs longer to start a copy.
  const share = server === "dual" ? "all" : "client";
  const executor = stack.use(await startTestExecutor());
  const home = stack.use(
    await createTestHome({
      servers: { [server]: { ...conformanceServer(server), executor: "other", share } },
      executors: { other: { url: executor.url } },
    }),
  );
  const gateway = stack.use(await startHttpGateway(home, { flags: ["--http-no-auth"] }));
  return gateway.endpoint(server);
}
