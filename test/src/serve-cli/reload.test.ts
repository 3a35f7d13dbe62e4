import { connect } from "node:net";
import { initializeRawClient, type RawPeer } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { createScene, type Scene } from "../failures/support/scene.js";
import { serverProcesses, waitUntilServersGone } from "../lifetimes/support/server-processes.js";
import { startHttpGateway, untilSaid } from "./support/http-gateway.js";

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

  test("of limits and filters alone stops no shared copy", async () => {
    await using scene = await createScene();
    await scene.configure(scene.server("s", [], ['share = "all"']));
    const gateway = await startHttpGateway(scene);
    await using agent = gateway.client();
    await initializeRawClient(agent);
    const before = await pidOf(agent, "s");
    const other = ['share = "all"', 'disabled_tools = ["sleep"]', "tool_timeout_sec = 9"];
    await scene.configure(scene.server("s", [], other));
    await untilSaid(gateway.process, "reloaded: changed s");
    expect(await toolNames(agent)).not.toContain("s__sleep");
    expect(await pidOf(agent, "s")).toBe(before);
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

  test("does not cut a call under way", async () => {
    await using scene = await createScene();
    await scene.configure(scene.server("s"));
    const agent = await scene.start(["serve"]);
    await initializeRawClient(agent);
    await pidOf(agent, "s");
    const call = agent.request("tools/call", { name: "s__sleep", arguments: { ms: 1_500 } });
    await scene.configure(scene.server("s", ["--name", "other"]));
    await untilSaid(agent, "reloaded: changed s");
    expect(await call).toMatchObject({ result: expect.anything() });
    await pidOf(agent, "s");
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
});

/** Asks a host by hand, as every program could. */
function askControl(scene: Scene, pid: number, method: string, params: object = {}): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(scene.folder.file(`home/run/${pid}.sock`));
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
