import { binaryCommand, waitUntilGone } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { startTestExecutor } from "../faults/support/test-executor.js";
import { canCount, useBystander } from "./support/bystander.js";
import { type EmbeddingStep, startEmbeddingHost } from "./support/embedding-host.js";
import { ladderMs, slackMs, ttlMs } from "./support/limits.js";

const endings: readonly (readonly [step: EmbeddingStep, code: number])[] = [
  ["uncaught exception", 1],
  ["unhandled rejection", 1],
  ["process.exit", 7],
];

describe.runIf(canCount())("when a program that embeds us ends by", () => {
  const expectBystanderUntouched = useBystander();

  test.concurrent.each(endings)("%s, its own executor ends the tree, and itself", async (step, code) => {
    await using embedding = await startEmbeddingHost(async () => ({
      executor: { command: binaryCommand("fairlead-executor") },
    }));
    const { scene, tree, host } = embedding;
    await embedding.does(step);
    expect(await host.exited).toMatchObject({ code, signal: null });
    await tree.waitUntilGone(ladderMs + slackMs);
    await waitUntilGone(scene.marker, { withinMs: slackMs });
    expect(await scene.leftovers()).toEqual([]);
    expectBystanderUntouched();
  });

  test.concurrent.each(endings)("%s, a remote executor ends the tree after the TTL", async (step, code) => {
    await using embedding = await startEmbeddingHost(async (scene) => {
      const executor = await startTestExecutor(scene);
      return {
        executor: { url: executor.address, token: executor.token },
        [Symbol.asyncDispose]: () => executor[Symbol.asyncDispose](),
      };
    });
    await embedding.does(step);
    expect(await embedding.host.exited).toMatchObject({ code, signal: null });
    await embedding.tree.waitUntilGone(ttlMs + ladderMs + slackMs);
    expectBystanderUntouched();
  });
});
