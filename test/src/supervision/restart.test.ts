import { pathToFileURL } from "node:url";
import {
  fixtureServerPath,
  initializeRawClient,
  type RawClient,
  waitUntil,
  waitUntilGone,
} from "@fairlead/testkit";
import { expect, test } from "vitest";
import { expectClean } from "../failures/support/expect-failure.js";
import { createScene, type Scene, serverTable } from "../failures/support/scene.js";
import { serverProcesses, waitUntilServersGone } from "../lifetimes/support/server-processes.js";

/** What `call` gives: the text of the tool's answer, or the message of the failure. */
async function callText(agent: RawClient, name: string, args: object = {}): Promise<string> {
  const { result, error } = await agent.request("tools/call", { name, arguments: args });
  if (error !== undefined) return error.message;
  const { content } = result as { content: readonly { readonly text: string }[] };
  return content[0]?.text ?? "";
}

async function toolNames(agent: RawClient): Promise<readonly string[]> {
  const { result } = await agent.request("tools/list");
  return (result as { tools: readonly { name: string }[] }).tools.map(({ name }) => name);
}

async function startAgent(scene: Scene): Promise<RawClient> {
  const agent = await scene.start(["serve"]);
  await initializeRawClient(agent);
  return agent;
}

async function leave(agent: RawClient): Promise<void> {
  agent.closeStdin();
  expect(await agent.exited).toMatchObject({ code: 0, signal: null });
  expectClean({ stdout: agent.lines.join("\n"), stderr: agent.stderr() });
}

test("a server that is killed comes back by itself, and its list is there all the time", async () => {
  await using scene = await createScene();
  await scene.configure(scene.server("s"));
  const agent = await startAgent(scene);
  const before = await toolNames(agent);
  const pid = Number(await callText(agent, "s__pid"));
  process.kill(pid, "SIGKILL");
  await waitUntil(() => serverProcesses(scene).every((found) => found.pid !== pid), {
    withinMs: 5_000,
    what: "The end of the server",
  });
  expect(await toolNames(agent)).toEqual(before);
  await waitUntil(() => serverProcesses(scene).length === 1, {
    withinMs: 10_000,
    what: "The next start, which nobody asked for",
  });
  expect(Number(await callText(agent, "s__pid"))).not.toBe(pid);
  await leave(agent);
  await waitUntilGone(scene.marker, { withinMs: 4_000 });
});

test("a server that ends at every call is given up, and says so at once", async () => {
  await using scene = await createScene();
  await scene.configure(scene.server("s"));
  const agent = await startAgent(scene);
  for (let failures = 0; failures < 5; failures += 1) {
    expect(await callText(agent, "s__exit", { code: 7 })).toContain("exited with code 7");
  }
  const told = await callText(agent, "s__pid");
  expect(told).toMatch(/'s' failed 5 times.*within 60 s.*fairlead reload s.*exited with code 7/s);
  expect(serverProcesses(scene)).toEqual([]);
  await leave(agent);
});

test("a server that nobody calls is stopped, and started when it is called", async () => {
  await using scene = await createScene();
  await scene.configure(scene.server("s", [], ["idle_timeout_sec = 0.5"]));
  const agent = await startAgent(scene);
  const pid = Number(await callText(agent, "s__pid"));
  await waitUntilServersGone(scene, 10_000);
  expect(await toolNames(agent), "it is not started to be listed").toContain("s__pid");
  expect(serverProcesses(scene)).toEqual([]);
  expect(Number(await callText(agent, "s__pid"))).not.toBe(pid);
  await leave(agent);
});

test("the next host lists the tools of a server that hangs at once, as the last host saw them", async () => {
  await using scene = await createScene();
  const flag = scene.folder.file("hang");
  const program = `
    if (require("node:fs").existsSync(${JSON.stringify(flag)})) setInterval(() => {}, 1e6);
    else import(${JSON.stringify(pathToFileURL(fixtureServerPath).href)});`;
  const argv = [process.execPath, "-e", program, "fixture", "--marker", scene.marker];
  await scene.configure(serverTable("s", argv));
  const first = await startAgent(scene);
  const seen = await toolNames(first);
  expect(seen).toContain("s__echo");
  await leave(first);
  await waitUntilServersGone(scene, 4_000);
  await scene.folder.write("hang", "");
  const second = await startAgent(scene);
  const startedAtMs = performance.now();
  expect(await toolNames(second)).toEqual(seen);
  expect(performance.now() - startedAtMs).toBeLessThan(2_000);
  await leave(second);
  await waitUntilServersGone(scene, 5_000);
});
