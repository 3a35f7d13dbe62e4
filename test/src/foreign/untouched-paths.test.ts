import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { createId } from "@fairlead/core";
import { fixtureServerPath, holdRefusingPort, type RefusingPort } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ExecutorDaemon, executorTable, startDaemon } from "../failures/support/executor-daemon.js";
import { createScene, type Scene } from "../failures/support/scene.js";
import { tomlTable } from "./support/toml.js";
import { canTraceFiles, traceFairlead } from "./support/trace-files.js";

// A path of a server on another machine means nothing here, also where something of that name exists: nobody looks at it. The
// executor is another process of this machine, which is not watched; what the watched commands start here is.
const there = createId("only-there");
const here = createId("only-here");
let scene: Scene;
let daemon: ExecutorDaemon;
let nobody: RefusingPort;
let server: Readonly<Record<"there" | "here", ServerParts>>;

type ServerParts = Readonly<Record<"command" | "cwd", string> & { args: readonly string[] }>;

const isPossible = canTraceFiles();
beforeAll(async () => {
  if (!isPossible) return;
  scene = await createScene();
  daemon = await startDaemon(scene);
  server = { there: await makeServer(there), here: await makeServer(here) };
  const onWindows = {
    command: `C:\\${there}\\tool.cmd`,
    args: [`D:\\${there}\\a`, `\\\\share\\${there}\\b`, `file:///C:/${there}/c`],
    cwd: `C:\\${there}`,
  };
  nobody = await holdRefusingPort();
  const gone = { url: `grpc://127.0.0.1:${nobody.port}`, token_env: "SCENE_MARKER" };
  await scene.configure(
    [
      executorTable("far", daemon),
      tomlTable("executors.windows", gone),
      tomlTable("mcp_servers.there", { ...server.there, executor: "far" }),
      tomlTable("mcp_servers.win", { ...onWindows, executor: "windows" }),
      tomlTable("mcp_servers.here", server.here),
    ].join("\n"),
  );
});
afterAll(async () => {
  if (!isPossible) return;
  await nobody[Symbol.asyncDispose]();
  await daemon[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});

/** A server that runs, with a folder of its own in every one of its paths. */
async function makeServer(name: string): Promise<ServerParts> {
  const cwd = scene.folder.file(name);
  await mkdir(cwd);
  const command = join(cwd, "node");
  const script = join(cwd, "server.mjs");
  await Promise.all([symlink(process.execPath, command), symlink(fixtureServerPath, script)]);
  return { command, args: [script, "--marker", `file://${cwd}/data`], cwd };
}

describe.skipIf(!isPossible)("the paths of a server on another machine", () => {
  test.each([
    ["list", ["list"], 0],
    ["list --check", ["list", "--check"], 4],
    ["get", ["get", "there"], 0],
    ["get of a Windows server", ["get", "win"], 0],
    ["doctor", ["doctor", "there"], 0],
    ["doctor of a Windows server", ["doctor", "win"], 4],
    ["tools", ["tools", "there"], 0],
    ["test", ["test", "there"], 0],
    ["call of a Windows server", ["call", "win", "echo"], 4],
  ] as const)("are touched by nothing that %s does here", async (_, args, code) => {
    const ran = await traceFairlead(scene, createId("trace"), args);
    expect(ran).toMatchObject({ code });
    expect(ran.touches.length).toBeGreaterThan(100);
    expect(ran.touches.filter((call) => call.includes(there))).toEqual([]);
  });

  test("are touched by nothing that add does here, though it starts the server", async () => {
    const { command, args, cwd } = server.there;
    const given = ["--executor", "far", "--cwd", cwd, "--", command, ...args];
    const added = await traceFairlead(scene, "add", ["add", "added", ...given]);
    expect(added).toMatchObject({ code: 0 });
    expect(await scene.configText()).toContain("[mcp_servers.added]");
    expect(added.touches.filter((call) => call.includes(there))).toEqual([]);
  });

  test("are touched by nothing that run does here", async () => {
    const { command, args, cwd } = server.there;
    const given = ["--executor", "far", "--cwd", cwd, "--", command, "--check", args[0] ?? ""];
    const ran = await traceFairlead(scene, "run", ["run", ...given]);
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.touches.length).toBeGreaterThan(100);
    expect(ran.touches.filter((call) => call.includes(there))).toEqual([]);
  });

  test("would be seen here: those of a local server are", async () => {
    const ran = await traceFairlead(scene, "local", ["tools", "here"]);
    expect(ran).toMatchObject({ code: 0 });
    const touched = ran.touches.filter((call) => call.includes(here));
    for (const path of [server.here.cwd, server.here.command, server.here.args[0]])
      expect(touched.some((call) => call.includes(`"${path}"`))).toBe(true);
  });
});
