import { connect } from "node:net";
import { fixtureServerPath, initializeRawClient, type RawPeer, waitUntil } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { controlSocketOf } from "../failures/support/control-socket.js";
import { createScene, type Scene, serverTable } from "../failures/support/scene.js";
import { serverProcesses, waitUntilServersGone } from "../lifetimes/support/server-processes.js";
import { startHttpGateway, untilSaid } from "./support/http-gateway.js";
import { faces, startFace } from "./support/start-face.js";

/** The process that a server runs as, and with that whether it is still the same one. */
async function pidOf(agent: RawPeer, server: string): Promise<string> {
  const { result } = await agent.request("tools/call", { name: `${server}__pid`, arguments: {} });
  return JSON.stringify(result);
}

async function toolNames(agent: RawPeer): Promise<readonly string[]> {
  const { result } = await agent.request<{ tools: { name: string }[] }>("tools/list");
  return (result?.tools ?? []).map(({ name }) => name);
}

const isToolsChanged = ({ method }: { method?: unknown }): boolean =>
  method === "notifications/tools/list_changed";

describe("a changed configuration", () => {
  test("restarts only what changed, tells agents, and takes servers away and adds them", async () => {
    await using scene = await createScene();
    await scene.configure(scene.server("kept") + scene.server("changed"));
    const agent = await scene.start(["serve"]);
    await initializeRawClient(agent);
    const before = [await pidOf(agent, "kept"), await pidOf(agent, "changed")];

    await scene.configure(
      scene.server("kept") + scene.server("changed", ["--name", "other"]) + scene.server("added"),
    );
    await agent.nextMessage(isToolsChanged);
    await untilSaid(agent, "reloaded: added added; changed changed");
    expect(await pidOf(agent, "kept")).toBe(before[0]);
    expect(await pidOf(agent, "changed")).not.toBe(before[1]);
    expect(await toolNames(agent)).toEqual(
      expect.arrayContaining(["kept__pid", "changed__pid", "added__pid"]),
    );

    await scene.configure(scene.server("kept"));
    await untilSaid(agent, "removed changed, added");
    expect((await toolNames(agent)).every((name) => name.startsWith("kept__"))).toBe(true);
    expect(await pidOf(agent, "kept")).toBe(before[0]);
    agent.closeStdin();
    expect(await agent.exited).toMatchObject({ code: 0 });
    await waitUntilServersGone(scene, 4_000);
  });

  test.each(faces)("of limits, filters and names alone stops no copy, over %s", async (face) => {
    await using scene = await createScene();
    await scene.configure(scene.server("own") + scene.server("shared", [], ['share = "all"']));
    await using open = await startFace(scene, face);
    const { agent, process } = open;
    const names = ["own", "shared"];
    const before = await Promise.all(names.map((name) => pidOf(agent, name)));
    const call = agent.request("tools/call", { name: "own__sleep", arguments: { ms: 1_000 } });
    const other = ['disabled_tools = ["sleep"]', "tool_timeout_sec = 9", "tools.echo = { rename = 'say' }"];
    await scene.configure(
      scene.server("own", [], other) + scene.server("shared", [], ['share = "all"', ...other]),
    );
    await agent.nextMessage(isToolsChanged);
    await untilSaid(process, "reloaded: changed own, shared");
    const tools = await toolNames(agent);
    for (const name of names) {
      expect(tools).toEqual(expect.arrayContaining([`${name}__say`, `${name}__pid`]));
      expect(tools).not.toContain(`${name}__sleep`);
    }
    expect(await Promise.all(names.map((name) => pidOf(agent, name)))).toEqual(before);
    expect(await call).toMatchObject({ result: { content: expect.anything() } });
    expect(serverProcesses(scene)).toHaveLength(2);
  });

  test.each(faces)("of the command ends the old copy after its last call, over %s", async (face) => {
    await using scene = await createScene();
    await scene.configure(scene.server("s"));
    await using open = await startFace(scene, face);
    const { agent, process } = open;
    const before = await pidOf(agent, "s");
    const [former] = serverProcesses(scene);
    const call = agent.request("tools/call", { name: "s__sleep", arguments: { ms: 1_500 } });
    await scene.configure(scene.server("s", ["--name", "other"]));
    await untilSaid(process, "reloaded: changed s");
    expect(await pidOf(agent, "s")).not.toBe(before);
    expect(serverProcesses(scene).map(({ pid }) => pid)).toContain(former?.pid);
    expect(await call).toMatchObject({ result: expect.anything() });
    await waitUntil(() => serverProcesses(scene).length === 1, { withinMs: 5_000, what: "its end" });
  });

  test("of a limit that made a server fail tries it again", async () => {
    await using scene = await createScene();
    const fixture = [process.execPath, fixtureServerPath, "--marker", scene.marker];
    const slow = ["sh", "-c", 'sleep 1; exec "$0" "$@"', ...fixture];
    await scene.configure(serverTable("s", slow, ["startup_timeout_sec = 0.3"]));
    const agent = await scene.start(["serve"]);
    await initializeRawClient(agent);
    await untilSaid(agent, "failed: s");
    await scene.configure(serverTable("s", slow, ["startup_timeout_sec = 20"]));
    await untilSaid(agent, "reloaded: changed s");
    expect(await pidOf(agent, "s")).toContain("content");
  });

  test("that cannot be used is told, and changes nothing", async () => {
    await using scene = await createScene();
    await scene.configure(scene.server("s"));
    const agent = await scene.start(["serve"]);
    await initializeRawClient(agent);
    const before = await pidOf(agent, "s");
    await scene.configure(`${scene.server("s", ["--name", "other"])}\n[mcp_servers.b]\nargs = 3\n`);
    await untilSaid(agent, "the configuration stays as it was");
    expect(agent.stderr()).toContain("mcp_servers.b.args");
    expect(await pidOf(agent, "s")).toBe(before);
    await scene.configure(scene.server("s") + scene.server("b"));
    await untilSaid(agent, "reloaded: added b");
    expect(await pidOf(agent, "s")).toBe(before);
  });

  test("that makes an executor useless is told beside what was broken before, and changes nothing", async () => {
    await using scene = await createScene();
    const bad = '[mcp_servers.bad]\ncommand = "x"\nargs = 3\n';
    await scene.configure(scene.server("s") + bad);
    const agent = await scene.start(["serve", "--attach", "never"]);
    await initializeRawClient(agent);
    const before = await pidOf(agent, "s");
    const changed = scene.server("s", ["--name", "other"]) + bad;
    await scene.configure(`${changed}[executors.far]\nurl = "nonsense"\n`);
    await untilSaid(agent, "the configuration stays as it was");
    expect(agent.stderr()).toContain("executors.far.url");
    expect(await pidOf(agent, "s")).toBe(before);
    // What only shows once other mistakes are out of the way is one more all the same.
    const late = '[mcp_servers.late]\ncommand = "x"\nenv_vars = [{ name = "X", source = "executor" }]\n';
    await scene.configure(changed + late);
    await untilSaid(agent, "mcp_servers.late.env_vars");
    expect(agent.stderr()).not.toContain("reloaded");
    expect(await pidOf(agent, "s")).toBe(before);
    await scene.configure(changed);
    await untilSaid(agent, "reloaded: changed s");
  });
});

test("SIGHUP and the control socket reload too, and a socket interrupts", async () => {
  await using scene = await createScene();
  await scene.configure(scene.server("s"));
  const gateway = await startHttpGateway(scene);
  gateway.process.kill("SIGHUP");
  await untilSaid(gateway.process, "reloaded; no server changed");
  expect(await askControl(scene, gateway.process.pid, "reload")).toEqual({
    added: [],
    changed: [],
    removed: [],
  });
  await using agent = gateway.client();
  await initializeRawClient(agent);
  await pidOf(agent, "s");
  const held = agent.request("tools/call", { name: "s__sleep", arguments: { ms: 600_000 } });
  await agent.request("tools/call", { name: "s__pid", arguments: {} });
  expect(await askControl(scene, gateway.process.pid, "interrupt", { server: "s" })).toEqual({ count: 1 });
  expect(await held).toMatchObject({ error: expect.anything() });
  expect(await askControl(scene, gateway.process.pid, "servers/list")).toMatchObject({
    servers: [{ name: "s", state: "ready" }],
  });
  const [server] = serverProcesses(scene);
  await askControl(scene, gateway.process.pid, "restart", { server: "s" });
  expect(serverProcesses(scene).map(({ pid }) => pid)).not.toContain(server?.pid);
  for (const method of ["restart", "interrupt"]) {
    const asked = askControl(scene, gateway.process.pid, method, { server: "nope" });
    await expect(asked).rejects.toThrow('There is no server "nope"');
  }
});

test("an agent of one server is told when that was taken away, whatever it asks", async () => {
  await using scene = await createScene();
  await scene.configure(scene.server("s") + scene.server("b"));
  const gateway = await startHttpGateway(scene);
  const argv = ["serve", "--attach", "always", "--server", "s"];
  const agent = await scene.start(argv);
  await initializeRawClient(agent);
  await scene.configure(scene.server("b"));
  await untilSaid(gateway.process, "reloaded: removed s");
  const error = { message: expect.stringContaining("Server s is not configured any more") };
  for (const method of ["tools/list", "prompts/list", "vendor/own"]) {
    expect(await agent.request(method)).toMatchObject({ error });
  }
});

/** Asks a host by hand, as every program could. */
async function askControl(scene: Scene, pid: number, method: string, params: object = {}): Promise<unknown> {
  const file = (await controlSocketOf(scene, pid)) ?? "";
  return new Promise((resolve, reject) => {
    const socket = connect(file);
    let text = "";
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      text += chunk.toString();
      if (!text.endsWith("\n")) return;
      socket.destroy();
      const { result, error } = JSON.parse(text) as { result?: unknown; error?: { message: string } };
      if (error === undefined) resolve(result);
      else reject(new Error(error.message));
    });
    socket.write(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method, params })}\n`);
  });
}
