import { canCountProcesses, waitUntil } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { createScene } from "../failures/support/scene.js";
import { faces, startFace } from "../serve-cli/support/start-face.js";
import { beginFlood, floodServer, residentBytes, textOf } from "./support/flood-scene.js";

const mebibyte = 1024 * 1024;
const perSecond = 10_000;
const isLog = ({ method }: { method?: unknown }): boolean => method === "notifications/message";

test.skipIf(!canCountProcesses()).each(faces)(
  "10,000 notifications a second over %s hold nothing up, and nothing of them is kept for long",
  async (name) => {
    await using scene = await createScene();
    await scene.configure(floodServer(scene));
    await using face = await startFace(scene, name);
    const { agent, process } = face;
    await beginFlood(agent, { bytes: 500, perSecond });
    // By then windows are full and code is warm.
    const untilMs = performance.now() + 6_000;
    const warmAtMs = performance.now() + 2_000;
    let warmBytes = 0;
    let mostBytes = 0;
    let slowestMs = 0;
    for (;;) {
      const askedAtMs = performance.now();
      await textOf(agent, "s__pid");
      await agent.request("ping");
      const nowMs = performance.now();
      slowestMs = Math.max(slowestMs, nowMs - askedAtMs);
      if (nowMs < warmAtMs) warmBytes = Math.max(warmBytes, residentBytes(process.pid));
      mostBytes = Math.max(mostBytes, residentBytes(process.pid));
      if (nowMs > untilMs) break;
    }
    const sent = Number(await textOf(agent, "s__calm"));
    // Over HTTP the answer may overtake the stream.
    await waitUntil(() => agent.messages.filter(isLog).length === sent, {
      withinMs: 5_000,
      what: () => `${sent} messages`,
    });
    expect(sent).toBeGreaterThan(2 * perSecond);
    expect(slowestMs).toBeLessThan(3_000);
    expect(mostBytes - warmBytes).toBeLessThan(64 * mebibyte);
    const told = process
      .stderr()
      .split("\n")
      .filter((line) => line.includes("is flooded"));
    expect(told).toEqual([
      expect.stringMatching(/^fairlead: s: session \S+ is flooded: more than 1000 messages/),
    ]);
  },
);
