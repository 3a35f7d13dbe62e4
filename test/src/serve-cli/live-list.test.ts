import { mkdir } from "node:fs/promises";
import { initializeRawClient } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { controlSocketOf } from "../failures/support/control-socket.js";
import { createScene, serverTable } from "../failures/support/scene.js";
import { startHttpGateway, untilSaid } from "./support/http-gateway.js";

interface Listed {
  readonly servers: readonly { readonly name: string; readonly live?: readonly Record<string, unknown>[] }[];
}

test("list shows how servers do in the hosts that are running, and nothing of dead ones", async () => {
  await using scene = await createScene();
  const gone = serverTable("gone", [process.execPath, "-e", "process.exit(3)", scene.marker]);
  await scene.configure(scene.server("s") + gone + scene.server("off", [], ["enabled = false"]));
  const gateway = await startHttpGateway(scene);
  await using agent = gateway.client();
  await initializeRawClient(agent);
  await agent.request("tools/call", { name: "s__pid", arguments: {} });
  await untilSaid(gateway.process, "[exited]");

  const { stdout } = await scene.fairlead(["list"]);
  expect(stdout).toMatch(/^s\s+local\s+ready(?:, \d+ tools)?\s/m);
  expect(stdout).toMatch(/^gone\s+local\s+(?:failed|broken|restarting)/m);
  expect(stdout).toMatch(/^off\s+local\s+disabled\s/m);
  const { servers } = JSON.parse((await scene.fairlead(["list", "--json"])).stdout) as Listed;
  expect(servers[0]?.live).toEqual([
    expect.objectContaining({ name: "s", state: "ready", era: "legacy", pid: gateway.process.pid }),
  ]);
  expect(servers[1]?.live?.[0]).toMatchObject({ lastFailure: { reason: "exited" } });
  expect(servers[2]?.live).toBeUndefined();

  gateway.process.kill("SIGKILL");
  await gateway.process.exited;
  const after = await scene.fairlead(["list"]);
  expect(after.stdout).toMatch(/^s\s+local\s+\d+ tools, seen \d+ s ago\s/m);
  // The next host tidies up.
  await startHttpGateway(scene);
  expect(await controlSocketOf(scene, gateway.process.pid)).toBeUndefined();
});

test("a home whose path is too long for a socket is told, and everything else works", async () => {
  await using scene = await createScene();
  const home = scene.folder.file("x".repeat(100));
  await mkdir(home, { mode: 0o700 });
  const agent = await scene.start(["serve"], { env: { FAIRLEAD_HOME: home } });
  await initializeRawClient(agent);
  await untilSaid(agent, "fairlead: no control socket: The path");
  agent.closeStdin();
  expect(await agent.exited).toMatchObject({ code: 0 });
});
