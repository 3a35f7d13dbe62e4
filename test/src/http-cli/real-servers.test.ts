import type { HttpProgram } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type ExecutorDaemon,
  executorTable,
  expectSilent,
  startDaemon,
} from "../failures/support/executor-daemon.js";
import { expectClean, expectNothingLeft } from "../failures/support/expect-failure.js";
import { createScene, type Scene } from "../failures/support/scene.js";
import { startEverythingServer, startSdkV1Server, startSdkV2Server } from "../http/support/http-servers.js";
import { connectAgent } from "../start-failures/support/sdk-agent.js";
import { httpTable } from "./support/http-table.js";

const servers = ["everything", "old", "new"] as const;
const programs = new Map<string, HttpProgram>();
let scene: Scene;
let daemon: ExecutorDaemon;

beforeAll(async () => {
  scene = await createScene();
  const started = await Promise.all([
    startDaemon(scene),
    startEverythingServer("streamableHttp"),
    startSdkV1Server(),
    startSdkV2Server("reject"),
  ]);
  const [far, ...running] = started;
  daemon = far;
  for (const [index, name] of servers.entries()) {
    const program = running[index];
    if (program !== undefined) programs.set(name, program);
  }
}, 60_000);
afterAll(async () => {
  await Promise.all([...programs.values()].map((program) => program[Symbol.asyncDispose]()));
  await daemon[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});

/** Every server, from this machine and from an executor, beside a stdio server. */
async function configure(executor: "local" | "far"): Promise<void> {
  const tables = servers.map((name) =>
    httpTable(name, programs.get(name)?.url ?? "", [`executor = "${executor}"`]),
  );
  await scene.configure(
    [...tables, scene.server("pipe", [], [`executor = "${executor}"`]), executorTable("far", daemon)].join(
      "\n",
    ),
  );
}

describe.each(["local", "far"] as const)("HTTP servers reached from the executor %s", (executor) => {
  test("are checked, listed and called one by one, like one that is launched", async () => {
    await configure(executor);
    const [checked, tools] = await Promise.all([
      scene.fairlead(["list", "--check"]),
      scene.fairlead(["tools"]),
    ]);
    for (const result of [checked, tools]) {
      expectClean(result);
      expect(result).toMatchObject({ code: 0, stderr: "" });
    }
    for (const name of servers) {
      expect(checked.stdout).toMatch(new RegExp(`^${name} +${executor} +ok, \\d+ tools +http +http://`, "m"));
      expect(tools.stdout).toMatch(new RegExp(`^${name}__`, "m"));
    }
    expect(checked.stdout).toMatch(new RegExp(`^pipe +${executor} +ok, \\d+ tools +stdio +`, "m"));
    const called = await scene.fairlead(["call", "everything", "echo", '{"message":"over http"}']);
    expectClean(called);
    expect(called).toMatchObject({ code: 0, stderr: "", stdout: "Echo: over http\n" });
    await expectNothingLeft(scene, [daemon.pid]);
  });

  test("stand together behind serve", async () => {
    await configure(executor);
    const agent = await connectAgent(scene);
    const { tools } = await agent.client.listTools();
    const prefixes = new Set(tools.map(({ name }) => name.split("__")[0]));
    expect(prefixes).toEqual(new Set([...servers, "pipe"]));
    const echoed = await agent.client.callTool({ name: "everything__echo", arguments: { message: "hi" } });
    expect(echoed).toMatchObject({ content: [{ type: "text", text: "Echo: hi" }] });
    await agent.close();
    await expectNothingLeft(scene, [daemon.pid]);
    expectSilent(daemon);
  });
});
