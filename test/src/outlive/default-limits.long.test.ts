import type { ChaosProxy } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { type ExecutorDaemon, startDaemon } from "../failures/support/executor-daemon.js";
import type { Scene } from "../failures/support/scene.js";
import { startChaosLine } from "../faults/support/through-chaos.js";
import { canCount, useBystander } from "./support/bystander.js";
import { expectToldLost } from "./support/expect-told-lost.js";
import { ladderMs, slackMs } from "./support/limits.js";
import { runLocally, runRemotely } from "./support/running.js";

/** Three heartbeats of 5 s, and the one during which the peer fell silent. */
const leaseMs = 20_000;
const ttlMs = { sameMachine: 2_000, network: 30_000 };
/** The host may have noticed later than the executor, and then tries for the whole TTL. */
const toldWithinMs = leaseMs + ttlMs.network;
const longMs = 120_000;

type FarDaemon = ExecutorDaemon & { readonly proxy: ChaosProxy };

async function startFar(scene: Scene): Promise<FarDaemon> {
  const daemon = await startDaemon(scene, { listen: "127.0.0.1:0" });
  const proxy = await startChaosLine({ port: daemon.port, socketPath: undefined });
  return {
    ...daemon,
    proxy,
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      await daemon[Symbol.asyncDispose]();
    },
  };
}

describe.runIf(canCount())("with the limits that everybody has", () => {
  const expectBystanderUntouched = useBystander();

  test.concurrent(
    "a tree on TCP outlives its host's machine by lease, TTL and ladder at most",
    async () => {
      await using running = await runRemotely(startFar, {
        urlOf: ({ proxy }) => `grpc://127.0.0.1:${proxy.port}`,
        detachTtlMs: null,
      });
      const { tree, host, remote } = running;
      remote.proxy.pause();
      const tookMs = await tree.waitUntilGone(leaseMs + ttlMs.network + ladderMs + slackMs);
      expect(tookMs).toBeGreaterThan(ttlMs.network);
      await expectToldLost(host, { withinMs: toldWithinMs });
      expect(remote.stderr()).toBe("");
      expectBystanderUntouched();
    },
    longMs,
  );

  test.concurrent(
    "a tree on TCP goes while its host sleeps, and the host tells so when it wakes up",
    async () => {
      await using running = await runRemotely((scene) => startDaemon(scene, { listen: "127.0.0.1:0" }), {
        detachTtlMs: null,
      });
      const { tree, host } = running;
      host.kill("SIGSTOP");
      await tree.waitUntilGone(leaseMs + ttlMs.network + ladderMs + slackMs);
      host.kill("SIGCONT");
      await expectToldLost(host, { withinMs: toldWithinMs });
      expect(await tree.startCount()).toBe(1);
      expectBystanderUntouched();
    },
    longMs,
  );

  test.concurrent(
    "a tree on the local executor goes while its host sleeps",
    async () => {
      await using running = await runLocally();
      const { scene, tree, host, executor } = running;
      host.kill("SIGSTOP");
      await tree.waitUntilGone(leaseMs + ttlMs.sameMachine + ladderMs + slackMs);
      host.kill("SIGCONT");
      await expectToldLost(host, { withinMs: toldWithinMs });
      expect(await tree.startCount()).toBe(1);
      await executor.waitUntilGone(ladderMs + slackMs);
      expect(await scene.leftovers()).toEqual([]);
      expectBystanderUntouched();
    },
    longMs,
  );
});
