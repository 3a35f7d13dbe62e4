import { mkdir, realpath } from "node:fs/promises";
import { canCountProcesses, initializeRawClient, type RawClient } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { createScene, type Scene, secrets, serverTable } from "../failures/support/scene.js";
import { serverProcesses, waitUntilServersGone } from "../lifetimes/support/server-processes.js";
import { startHttpGateway, untilSaid } from "./support/http-gateway.js";

interface AgentPlace {
  /** Below the scene's folder; made if it is missing. */
  readonly folder: string;
  readonly secret?: string;
}

/** Starts an agent's serve in a folder of its own. */
async function startAgent(scene: Scene, { folder, secret }: AgentPlace, flags: readonly string[] = []) {
  const path = scene.folder.file(folder);
  await mkdir(path, { recursive: true });
  const cwd = await realpath(path);
  const env = secret === undefined ? {} : { COPIED_SECRET: secret };
  const agent = await scene.start(["serve", "--attach", "always", ...flags], { cwd, env });
  await initializeRawClient(agent);
  return { agent, cwd };
}

async function textOf(agent: RawClient, name: string, args: object = {}): Promise<string> {
  const call = await agent.request<{ content: { text: string }[] }>("tools/call", { name, arguments: args });
  return call.result?.content[0]?.text ?? JSON.stringify(call);
}

const secretOf = (agent: RawClient, server: string): Promise<string> =>
  textOf(agent, `${server}__env`, { name: "COPIED_SECRET" });

describe.skipIf(!canCountProcesses())("agents of different folders at one hub", () => {
  test("have servers that work in their own folder, and share what is launched the same", async () => {
    await using scene = await createScene();
    const shared = 'share = "all"';
    await scene.configure(
      scene.server("own") +
        scene.server("here", [], [shared]) +
        scene.server("fixed", [], [shared, `cwd = ${JSON.stringify(scene.folder.path)}`]),
    );
    await startHttpGateway(scene);
    const one = await startAgent(scene, { folder: "one" });
    const other = await startAgent(scene, { folder: "other" });
    const twin = await startAgent(scene, { folder: "one" });
    for (const { agent, cwd } of [one, other, twin]) {
      expect(await textOf(agent, "own__cwd")).toBe(cwd);
      expect(await textOf(agent, "here__cwd")).toBe(cwd);
      expect(await textOf(agent, "fixed__cwd")).toBe(await realpath(scene.folder.path));
    }
    const pids = async (name: string): Promise<string[]> =>
      Promise.all([one, other, twin].map(({ agent }) => textOf(agent, `${name}__pid`)));
    const [here, fixed, own] = [await pids("here"), await pids("fixed"), await pids("own")];
    expect(new Set(fixed).size).toBe(1);
    expect(here[0]).toBe(here[2]);
    expect(here[0]).not.toBe(here[1]);
    expect(new Set(own).size).toBe(3);
    expect(serverProcesses(scene)).toHaveLength(6);
  });

  test("have servers with their own variables, and nobody else's", async () => {
    await using scene = await createScene();
    await scene.configure(scene.server("s", [], ['share = "all"']) + scene.server("own"));
    const hub = await startHttpGateway(scene);
    const one = await startAgent(scene, { folder: "place", secret: "SENTINEL-of-one" });
    const other = await startAgent(scene, { folder: "place", secret: "SENTINEL-of-the-other" });
    for (const server of ["s", "own"]) {
      expect(await secretOf(one.agent, server)).toBe("SENTINEL-of-one");
      expect(await secretOf(other.agent, server)).toBe("SENTINEL-of-the-other");
    }
    await using visitor = hub.client();
    await initializeRawClient(visitor);
    const call = await visitor.request<{ content: { text: string }[] }>("tools/call", {
      name: "s__env",
      arguments: { name: "COPIED_SECRET" },
    });
    expect(call.result?.content[0]?.text).toBe(secrets.copied);
    const said = [hub.process, one.agent, other.agent].map((program) => program.stderr()).join("");
    expect(said).not.toContain("SENTINEL");
  });

  test("keep them over a reload that changes something else, or only limits", async () => {
    await using scene = await createScene();
    await scene.configure(scene.server("s"));
    const hub = await startHttpGateway(scene);
    const one = await startAgent(scene, { folder: "one", secret: "SENTINEL-of-one" });
    const other = await startAgent(scene, { folder: "other" });
    const pids = () => Promise.all([one, other].map(({ agent }) => textOf(agent, "s__pid")));
    const before = await pids();
    await scene.configure(scene.server("s", [], ["tool_timeout_sec = 9"]) + scene.server("added"));
    await untilSaid(hub.process, "reloaded: added added; changed s");
    expect(await pids()).toEqual(before);
    expect(await textOf(other.agent, "added__cwd")).toBe(other.cwd);
    await scene.configure(scene.server("s", ["--name", "changed"]));
    await untilSaid(hub.process, "changed s; removed added");
    const [first, second] = await pids();
    expect(before).not.toContain(first);
    expect(before).not.toContain(second);
    expect(await textOf(one.agent, "s__cwd")).toBe(one.cwd);
    expect(await secretOf(one.agent, "s")).toBe("SENTINEL-of-one");
    for (const { agent } of [one, other]) {
      agent.closeStdin();
      expect(await agent.exited).toMatchObject({ code: 0 });
    }
    await waitUntilServersGone(scene, 5_000);
  });

  test("are told on their own stderr which of their servers could not be started", async () => {
    await using scene = await createScene();
    const broken = serverTable("broken", ["/missing/program"]);
    await scene.configure(scene.server("s") + broken);
    await startHttpGateway(scene);
    const { agent } = await startAgent(scene, { folder: "one" });
    await untilSaid(agent, "1 of 2 servers just started is ready; failed: broken");
    expect(agent.stderr().match(/\/missing\/program/g)).toHaveLength(1);
    const single = await startAgent(scene, { folder: "one" }, ["--server", "s"]);
    expect(await textOf(single.agent, "cwd")).toBe(single.cwd);
    expect(single.agent.stderr()).toBe("");
  });

  test("may speak to one server alone, and have their devbox in their folder", async () => {
    await using scene = await createScene();
    await scene.configure(scene.server("s"));
    await startHttpGateway(scene, ["--enable", "devbox"]);
    const single = await startAgent(scene, { folder: "single" }, ["--server", "s"]);
    expect(await textOf(single.agent, "cwd")).toBe(single.cwd);
    await scene.folder.write("merged/note.txt", "of this folder");
    const { agent } = await startAgent(scene, { folder: "merged" });
    const read = await textOf(agent, "devbox_local__read_file", { path: "note.txt" });
    expect(read).toContain("of this folder");
  });
});
