import type { ChaosProxy, LineDirection } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import type { Scene } from "../failures/support/scene.js";
import { startTestExecutor, type TestExecutor } from "../faults/support/test-executor.js";
import { startChaosLine } from "../faults/support/through-chaos.js";
import { canCount, useBystander } from "./support/bystander.js";
import { expectToldLost } from "./support/expect-told-lost.js";
import { ladderMs, leaseMs, slackMs, ttlMs } from "./support/limits.js";
import { runRemotely } from "./support/running.js";

type FarExecutor = TestExecutor & { readonly proxy: ChaosProxy };

async function startFar(scene: Scene): Promise<FarExecutor> {
  const executor = await startTestExecutor(scene);
  const proxy = await startChaosLine(executor);
  return {
    ...executor,
    proxy,
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      await executor[Symbol.asyncDispose]();
    },
  };
}

/** @param direction undefined: both */
async function fallSilent(direction: LineDirection | undefined, goneWithinMs: number): Promise<void> {
  await using running = await runRemotely(startFar, {
    urlOf: ({ proxy }) => `grpc://127.0.0.1:${proxy.port}`,
  });
  const { tree, host, remote } = running;
  remote.proxy.pause(direction);
  await tree.waitUntilGone(goneWithinMs);
  await expectToldLost(host);
  expect(remote.stderr()).toBe("");
  expect(await tree.startCount()).toBe(1);
}

describe.runIf(canCount())("when the host's machine is gone without a goodbye", () => {
  const expectBystanderUntouched = useBystander();

  const goneWithinMs = leaseMs + ttlMs + ladderMs + slackMs;

  test.concurrent("the executor ends the tree after lease and TTL", async () => {
    await fallSilent(undefined, goneWithinMs);
    expectBystanderUntouched();
  });

  test.concurrent("it does so too where only the host is not heard any more", async () => {
    await fallSilent("toTarget", goneWithinMs);
    expectBystanderUntouched();
  });

  test.concurrent("where only the executor is not heard, the host gives up first, and the TTL begins then", async () => {
    await fallSilent("fromTarget", goneWithinMs + ttlMs);
    expectBystanderUntouched();
  });
});
