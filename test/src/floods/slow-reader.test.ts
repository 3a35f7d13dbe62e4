import { canCountProcesses, initializeRawClient, waitUntil } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { createScene } from "../failures/support/scene.js";
import { startHttpGateway, untilSaid } from "../serve-cli/support/http-gateway.js";
import {
  beginFlood,
  floodServer,
  openUnread,
  residentBytes,
  textOf,
  writtenBytes,
} from "./support/flood-scene.js";

const mebibyte = 1024 * 1024;

/** Waits until a process writes nothing for half a second. */
async function untilHeldBack(pid: number): Promise<void> {
  let written = 0;
  let changedAtMs = 0;
  await waitUntil(
    () => {
      const now = writtenBytes(pid);
      if (now !== written) changedAtMs = performance.now();
      written = now;
      return written > mebibyte && performance.now() - changedAtMs > 500;
    },
    { withinMs: 20_000, what: "the end of its output" },
  );
}

describe.skipIf(!canCountProcesses())("an agent that reads nothing of its stream over HTTP", () => {
  test("holds back a server that is its own, until it reads again", async () => {
    await using scene = await createScene();
    await scene.configure(floodServer(scene));
    const gateway = await startHttpGateway(scene);
    await using agent = gateway.client();
    await initializeRawClient(agent);
    const stream = await openUnread(gateway, agent);
    const pid = await beginFlood(agent, { bytes: 10_000 });
    await untilHeldBack(pid);
    const held = writtenBytes(pid);
    expect(held).toBeLessThan(48 * mebibyte);
    await untilSaid(gateway.process, "fairlead: s: session s_");
    expect(await agent.request("ping")).toMatchObject({ result: {} });
    const bytes = residentBytes(gateway.process.pid);
    expect(bytes).toBeLessThan(256 * mebibyte);
    stream.resume();
    await waitUntil(() => writtenBytes(pid) > held + 16 * mebibyte, {
      withinMs: 15_000,
      what: "more of the server",
    });
    expect(Number(await textOf(agent, "s__calm"))).toBeGreaterThan(0);
    stream.destroy();
  });

  test("is let go of where others use the server too, and they notice nothing", async () => {
    await using scene = await createScene();
    await scene.configure(floodServer(scene, ['share = "all"']));
    const gateway = await startHttpGateway(scene);
    await using slow = gateway.client();
    await using well = gateway.client();
    await initializeRawClient(slow);
    await initializeRawClient(well);
    const stream = await openUnread(gateway, slow);
    stream.on("error", () => {});
    const reading = await openUnread(gateway, well);
    reading.resume();
    const pid = await beginFlood(well, { bytes: 200 });
    await untilSaid(gateway.process, "was ended: The agent was let go of:");
    expect(await textOf(well, "s__pid")).toBe(String(pid));
    expect(await well.request("ping")).toMatchObject({ result: {} });
    const bytes = residentBytes(gateway.process.pid);
    expect(bytes).toBeLessThan(450 * mebibyte);
    const refused = await slow.call({ jsonrpc: "2.0", id: 90, method: "ping" }).answer;
    expect(refused.status).toBe(404);
    expect(gateway.process.stderr().match(/was ended/g)).toHaveLength(1);
    stream.destroy();
    reading.destroy();
  });
});
