import { afterAll, beforeAll, expect, test } from "vitest";
import { type ExecutorDaemon, executorTable, startDaemon } from "../failures/support/executor-daemon.js";
import { expectFailure } from "../failures/support/expect-failure.js";
import { createScene, type Scene } from "../failures/support/scene.js";
import {
  type FailingPlaces,
  type FailingServer,
  failingServers,
  startFailingServers,
} from "./support/failing-servers.js";
import { httpTable } from "./support/http-table.js";

let scene: Scene;
let daemon: ExecutorDaemon;
let places: FailingPlaces;
beforeAll(async () => {
  scene = await createScene();
  daemon = await startDaemon(scene);
  places = await startFailingServers();
});
afterAll(async () => {
  await places.closed[Symbol.asyncDispose]();
  await places.front[Symbol.asyncDispose]();
  await daemon[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});

async function configure(executor: "local" | "far"): Promise<void> {
  const more = [`executor = "${executor}"`, 'protocol = "legacy"'];
  const sick = failingServers.map(({ name, url }) => httpTable(name, url(places), more));
  await scene.configure([...sick, executorTable("far", daemon)].join("\n"));
}

async function expectTold(executor: "local" | "far", failing: FailingServer): Promise<void> {
  await configure(executor);
  const { name, expected, failure } = failing;
  const stillRunning = [daemon.pid];
  const error = await expectFailure(scene, ["call", name, "echo"], expected, { stillRunning });
  expect(error.details).toMatchObject({ server: name, failure });
}

test.each(failingServers)("a call tells it where $what", (failing) => expectTold("local", failing));

test.each(failingServers.slice(0, 3))("a call through an executor tells it where $what", (failing) =>
  expectTold("far", failing),
);
