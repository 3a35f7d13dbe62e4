import { expect, test } from "vitest";
import { createMemoryServers, type MemoryServers } from "../test-support/memory-servers.js";
import { createAgent, createPoolScene, nextTurn } from "../test-support/pool-scene.js";
import type { ServerDefinition } from "./server-definition.js";

/** A server whose stop is lost on the way to its machine. */
function unstoppable(servers: MemoryServers, name: string): ServerDefinition {
  const launcher: MemoryServers["launcher"] = {
    launch: async (spec, options) => {
      const launched = await servers.launcher.launch(spec, options);
      return { ...launched, stop: () => Promise.reject(new Error("The link is gone")) };
    },
  };
  const spec = { program: "memory", args: [] };
  return servers.define({ name, prepare: async () => ({ kind: "stdio", launcher, spec }) });
}

test("a stop that fails is told as a warning, and is nobody's unhandled rejection", async () => {
  const scene = createPoolScene();
  const server = scene.pool.attach(unstoppable(createMemoryServers(), "bad"), createAgent("a"));
  await server.ready();
  // Nobody waits for it, as after a reload; vitest fails the run for a rejection that is nobody's.
  void server.release({ whenIdle: true });
  expect(await scene.event("warning")).toMatchObject({
    server: "bad",
    text: /stop failed.*The link is gone/,
  });
  await nextTurn();
  await expect(server.release()).rejects.toThrow("The link is gone");
  await scene.pool.close();
});

test("a stop that fails keeps no other server running, and is told by the close", async () => {
  const scene = createPoolScene();
  const servers = createMemoryServers();
  const holds = [
    servers.define({ name: "first" }),
    unstoppable(createMemoryServers(), "bad"),
    servers.define({ name: "last", share: "all" }),
  ].map((definition) => scene.pool.attach(definition, createAgent("a")));
  await Promise.all(holds.map((hold) => hold.ready()));
  await expect(scene.pool.close()).rejects.toThrow("The link is gone");
  expect(servers.runningCount).toBe(0);
});
