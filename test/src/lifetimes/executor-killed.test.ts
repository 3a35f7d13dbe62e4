import { initializeRawClient, waitUntil } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { executorTable, startDaemon } from "../failures/support/executor-daemon.js";
import { expectClean } from "../failures/support/expect-failure.js";
import { createScene } from "../failures/support/scene.js";
import { startCall } from "./support/calls.js";
import { waitUntilServersGone } from "./support/server-processes.js";

test("a call in flight fails once the session is given up, serve lives, and works again once the executor is back", async () => {
  await using scene = await createScene();
  const first = await startDaemon(scene);
  await scene.configure(
    executorTable("far", first) + scene.server("s", [], ['executor = "far"']) + scene.server("near"),
  );
  const agent = await scene.start(["serve"]);
  await initializeRawClient(agent);
  const held = await startCall(agent, "s__sleep", { ms: 600_000 });

  const killedAtMs = performance.now();
  first.kill("SIGKILL");
  const { error } = await agent.waitForId(held);
  // On a unix socket a session is given up after 2 s without its executor.
  expect(performance.now() - killedAtMs).toBeLessThan(4_000);
  expect(error).toMatchObject({
    data: { fairlead: { code: "unavailable", details: { reason: "session_lost" } } },
  });
  expect(error?.message).toMatch(/'s' was lost together with the session of its executor/);
  expect(
    (await agent.request("tools/call", { name: "near__echo", arguments: { text: "x" } })).error,
  ).toBeUndefined();

  // The dead one left its socket and its lock; the new one takes them over.
  await using second = await startDaemon(scene);
  expect(second.address).toBe(first.address);
  const again = await agent.request("tools/call", { name: "s__echo", arguments: { text: "again" } });
  expect(again.result).toMatchObject({ content: [{ type: "text", text: "again" }] });
  agent.closeStdin();
  expect(await agent.exited).toMatchObject({ code: 0 });
  expectClean({ stdout: agent.lines.join("\n"), stderr: agent.stderr() });
});

test("a server that could not be started while the executor was away is started by a later call", async () => {
  await using scene = await createScene();
  const first = await startDaemon(scene);
  await scene.configure(executorTable("far", first) + scene.server("s", [], ['executor = "far"']));
  const agent = await scene.start(["serve"]);
  await initializeRawClient(agent);
  const held = await startCall(agent, "s__sleep", { ms: 600_000 });
  first.kill("SIGKILL");
  await agent.waitForId(held);
  const meanwhile = await agent.request("tools/call", { name: "s__pid", arguments: {} });
  expect(meanwhile.error?.message).toMatch("cannot be reached");

  await using second = await startDaemon(scene);
  expect(second.address).toBe(first.address);
  // Calls within a second of a try that failed are told how that went.
  const again = await waitUntil(
    async () => (await agent.request("tools/call", { name: "s__echo", arguments: { text: "again" } })).result,
    { withinMs: 10_000, what: "an answer" },
  );
  expect(again).toMatchObject({ content: [{ type: "text", text: "again" }] });
});

test("the servers of a killed executor that heed the end of their input end by themselves", async () => {
  await using scene = await createScene();
  const daemon = await startDaemon(scene);
  await scene.configure(executorTable("far", daemon) + scene.server("s", [], ['executor = "far"']));
  const agent = await scene.start(["serve"]);
  await initializeRawClient(agent);
  const held = await startCall(agent, "s__sleep", { ms: 600_000 });
  daemon.kill("SIGKILL");
  await agent.waitForId(held);
  await waitUntilServersGone(scene, 2_000);
});

test("run tells that its program was lost and exits with 125", async () => {
  await using scene = await createScene();
  const daemon = await startDaemon(scene);
  await scene.configure(executorTable("far", daemon));
  const command = await scene.start([
    "run",
    "--executor",
    "far",
    "--",
    "sh",
    "-c",
    "echo '{}'; read -r line",
  ]);
  await command.nextMessage(() => true);
  daemon.kill("SIGKILL");
  expect(await command.exited).toMatchObject({ code: 125 });
  expect(command.stderr()).toBe(
    "fairlead: the connection to executor far broke; trying to get it back\n" +
      "fairlead: The program was lost: session lost\n",
  );
});
