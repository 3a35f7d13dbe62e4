import { waitUntilGone } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { startDaemon } from "../failures/support/executor-daemon.js";
import { canCount, useBystander } from "./support/bystander.js";
import { expectToldLost } from "./support/expect-told-lost.js";
import { ladderMs, slackMs } from "./support/limits.js";
import { runLocally, runRemotely } from "./support/running.js";

describe.runIf(canCount())("when the executor gets SIGTERM", () => {
  const expectBystanderUntouched = useBystander();

  test.concurrent("on TCP it ends the tree by the ladder, and then itself", async () => {
    await using running = await runRemotely((scene) => startDaemon(scene, { listen: "127.0.0.1:0" }));
    const { scene, tree, host, remote, executor } = running;
    remote.kill("SIGTERM");
    const tookMs = await tree.waitUntilGone(ladderMs + slackMs);
    expect(await remote.exited).toMatchObject({ code: 0, signal: null });
    expect(remote.stderr()).toBe("");
    // The deaf ones were asked twice before they were killed.
    expect(tookMs).toBeGreaterThan(ladderMs * 0.8);
    await executor.waitUntilGone(slackMs);
    await expectToldLost(host, { why: "executor shutdown" });
    await waitUntilGone(scene.marker, { withinMs: slackMs });
    expectBystanderUntouched();
  });

  test.concurrent("the local one does the same, and its host is told", async () => {
    await using running = await runLocally();
    const { scene, tree, host, executor } = running;
    process.kill(executor.pid, "SIGTERM");
    await tree.waitUntilGone(ladderMs + slackMs);
    await executor.waitUntilGone(slackMs);
    await expectToldLost(host, { why: "executor shutdown" });
    await waitUntilGone(scene.marker, { withinMs: slackMs });
    expectBystanderUntouched();
  });
});
