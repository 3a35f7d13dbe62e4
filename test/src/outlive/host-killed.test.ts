import { processesWithMarker, waitUntilGone } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { startDaemon } from "../failures/support/executor-daemon.js";
import { canCount, useBystander } from "./support/bystander.js";
import { ladderMs, slackMs, ttlMs } from "./support/limits.js";
import { runLocally, runRemotely } from "./support/running.js";

describe.runIf(canCount())("when the host is killed", () => {
  const expectBystanderUntouched = useBystander();

  test.concurrent("an executor on TCP ends the tree after the TTL, and stays", async () => {
    await using running = await runRemotely((scene) => startDaemon(scene, { listen: "127.0.0.1:0" }));
    const { scene, tree, host, executor } = running;
    host.kill("SIGKILL");
    await host.exited;
    const tookMs = await tree.waitUntilGone(ttlMs + ladderMs + slackMs);
    // A network that only hiccups must not cost a server: it lives on for its whole TTL.
    expect(tookMs).toBeGreaterThan(ttlMs * 0.8);
    expect(processesWithMarker(scene.marker).map(({ pid }) => pid)).toEqual([executor.pid]);
    expectBystanderUntouched();
  });

  test.concurrent("the local executor ends the tree at once, and itself", async () => {
    await using running = await runLocally();
    const { scene, tree, host, executor } = running;
    host.kill("SIGKILL");
    await host.exited;
    await tree.waitUntilGone(ladderMs + slackMs);
    await executor.waitUntilGone(slackMs);
    await waitUntilGone(scene.marker, { withinMs: slackMs });
    expect(await scene.leftovers()).toEqual([]);
    expectBystanderUntouched();
  });
});
