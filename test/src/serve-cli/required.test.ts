import { canCountProcesses, fixtureServerPath, initializeRawClient, waitUntil } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { createScene, serverTable } from "../failures/support/scene.js";
import { serverProcesses, waitUntilServersGone } from "../lifetimes/support/server-processes.js";
import { startHttpGateway, untilSaid } from "./support/http-gateway.js";

const required = ["required = true", 'share = "all"'];
const missing = (name: string, more: readonly string[]): string =>
  serverTable(name, [`/missing/program-of-${name}`], more);

describe.skipIf(!canCountProcesses())("a required server that agents share", () => {
  test("is up before serve says that it listens, and stays for the first agent", async () => {
    await using scene = await createScene();
    await scene.configure(scene.server("s", [], required));
    const gateway = await startHttpGateway(scene);
    const [server, ...others] = serverProcesses(scene);
    expect(others).toEqual([]);
    await using agent = gateway.client();
    await initializeRawClient(agent);
    expect(JSON.stringify(await agent.request("tools/call", { name: "s__pid", arguments: {} }))).toContain(
      String(server?.pid),
    );
  });

  test("makes serve fail if it cannot be started, with every failure and their exit code", async () => {
    await using scene = await createScene();
    await scene.configure(
      scene.server("well", [], required) + missing("one", required) + missing("other", required),
    );
    const args = ["serve", "--http", "127.0.0.1:0"];
    const both = await scene.fairlead(args);
    expect(both.stderr).toContain("Required servers cannot be started: ");
    expect(both.stderr.split("\n").find((line) => line.includes("Required"))).toMatch(
      /program-of-one.*; .*program-of-other/,
    );
    expect(both.stderr).not.toContain("listening");
    await waitUntilServersGone(scene, 5_000);
    await scene.configure(missing("one", required));
    const alone = await scene.fairlead(args);
    expect([both.code, alone.code]).toEqual([alone.code, both.code]);
    expect(alone.code).toBeGreaterThan(0);
    expect(alone.stderr).toContain("program-of-one");
  });

  test("does not make serve miss what happens to its configuration while it starts", async () => {
    await using scene = await createScene();
    const fixture = [process.execPath, fixtureServerPath, "--marker", scene.marker];
    const slow = serverTable("slow", ["sh", "-c", 'sleep 3; exec "$0" "$@"', ...fixture], required);
    await scene.configure(slow);
    const serving = await scene.start(["serve", "--http", "127.0.0.1:0"]);
    await waitUntil(() => serverProcesses(scene).length > 0, { withinMs: 10_000, what: "the server" });
    serving.kill("SIGHUP");
    await untilSaid(serving, "reloaded; no server changed");
    await scene.configure(slow + scene.server("added"));
    await untilSaid(serving, "reloaded: added added");
    expect(serving.stderr()).not.toContain("listening");
    await untilSaid(serving, "listening");
  });

  test("ends with its signal while it still starts", async () => {
    await using scene = await createScene();
    await scene.configure(scene.server("s", ["--no-handshake"], required));
    const serving = await scene.start(["serve", "--http", "127.0.0.1:0"]);
    await waitUntil(() => serverProcesses(scene).length === 1, { withinMs: 10_000, what: "the server" });
    serving.kill("SIGTERM");
    expect(await serving.exited).toMatchObject({ code: 0 });
    await waitUntilServersGone(scene, 5_000);
  });
});

test("a required server of each agent's own fails that agent and not serve", async () => {
  await using scene = await createScene();
  await scene.configure(missing("one", ["required = true"]));
  const gateway = await startHttpGateway(scene);
  await using agent = gateway.client();
  const answer = await agent.request("initialize", {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  });
  expect(answer.error?.message).toContain("program-of-one");
});
