import { initializeRawClient, type RawClient } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { executorTable } from "../failures/support/executor-daemon.js";
import { createScene } from "../failures/support/scene.js";
import { startTestExecutor, testExecutorCommand } from "../faults/support/test-executor.js";
import { startCall } from "../lifetimes/support/calls.js";
import { serverProcesses, waitUntilServersGone } from "../lifetimes/support/server-processes.js";
import { canCount, useBystander } from "./support/bystander.js";
import { startEmbeddingHost } from "./support/embedding-host.js";
import { expectToldLost } from "./support/expect-told-lost.js";
import { ladderMs, leaseMs, slackMs, tellsWithinMs, ttlMs } from "./support/limits.js";
import { runRemotely } from "./support/running.js";

const goneWithinMs = leaseMs + ttlMs + ladderMs + slackMs;

/** Lets a host sleep until nothing is left of what it ran, and wakes it. */
async function sleepUntil(host: RawClient, isGone: () => Promise<unknown>): Promise<void> {
  host.kill("SIGSTOP");
  try {
    await isGone();
  } finally {
    host.kill("SIGCONT");
  }
}

describe.runIf(canCount())("when the host sleeps longer than lease and TTL", () => {
  const expectBystanderUntouched = useBystander();

  test.concurrent("the tree goes meanwhile, and the command that wakes up tells so; executor: on TCP", async () => {
    await using running = await runRemotely((scene) => startTestExecutor(scene));
    const { tree, host, remote } = running;
    await sleepUntil(host, () => tree.waitUntilGone(goneWithinMs));
    await expectToldLost(host);
    expect(tree.survivors()).toEqual([]);
    expect(await tree.startCount()).toBe(1);
    expect(remote.stderr()).toBe("");
    expectBystanderUntouched();
  });

  // The write is under way when the host falls asleep: once woken, whoever cancels it in the midst of reading hangs in Node.
  test.concurrent.each(["on TCP", "of the host"])(
    "its pending calls fail with session_lost; executor: %s",
    async (place) => {
      await using embedding = await startEmbeddingHost(async (scene) => {
        if (place !== "on TCP") return { executor: { command: testExecutorCommand() } };
        const executor = await startTestExecutor(scene);
        return {
          executor: { url: executor.address, token: executor.token },
          [Symbol.asyncDispose]: () => executor[Symbol.asyncDispose](),
        };
      });
      const { tree, host } = embedding;
      await embedding.does("pending call");
      await host.nextMessage((message) => "pending" in message);
      await sleepUntil(host, () => tree.waitUntilGone(goneWithinMs));
      const { failed } = await host.nextMessage(
        (message) => "failed" in message || "answered" in message,
        tellsWithinMs,
      );
      expect(failed).toMatchObject({ code: "unavailable", reason: "session_lost" });
      const { exited } = await host.nextMessage((message) => "exited" in message, tellsWithinMs);
      expect(exited).toEqual({ reason: "session_lost", code: null, signal: null });
      expect(tree.survivors()).toEqual([]);
      expect(await tree.startCount()).toBe(1);
      expectBystanderUntouched();
    },
  );

  test.concurrent("a tool call in flight fails, and its server is not started again for it", async () => {
    await using scene = await createScene();
    await using executor = await startTestExecutor(scene);
    const stubborn = ["--ignore-eof", "--ignore-term"];
    await scene.configure(
      executorTable("far", executor, [`detach_ttl_sec = ${ttlMs / 1_000}`]) +
        scene.server("s", stubborn, ['executor = "far"']),
    );
    const agent = await scene.start(["serve"]);
    await initializeRawClient(agent);
    const held = await startCall(agent, "s__sleep", { ms: 600_000 });
    const [first] = serverProcesses(scene);
    await sleepUntil(agent, () => waitUntilServersGone(scene, goneWithinMs));
    const { error } = await agent.waitForId(held);
    expect(error).toMatchObject({
      data: { fairlead: { code: "unavailable", details: { reason: "session_lost" } } },
    });
    expect(serverProcesses(scene)).toEqual([]);
    // Only a new call starts a new one.
    const again = await agent.request("tools/call", { name: "s__pid", arguments: {} });
    expect(again.error).toBeUndefined();
    const servers = serverProcesses(scene);
    expect(servers).toHaveLength(1);
    expect(servers[0]?.pid).not.toBe(first?.pid);
  });
});
