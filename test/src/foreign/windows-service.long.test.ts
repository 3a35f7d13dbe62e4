import { existsSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { waitUntil } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findWine } from "./support/find-wine.js";
import { openWineMachine, type WineMachine } from "./support/wine-machine.js";

// The executor as a task. Wine reads what a task is to be, and keeps it; it neither runs tasks nor tells about them.
const wine = findWine("the executor as a task of Windows");
let opened: WineMachine | undefined;
beforeAll(async () => {
  if (wine !== undefined) opened = await openWineMachine(wine);
}, 180_000);
afterAll(async () => opened?.[Symbol.asyncDispose](), 60_000);

const stateDir = "C:\\fairlead\\Jörg & Söhne";
const place = ["--state-dir", stateDir];

function machine(): WineMachine {
  if (opened === undefined) throw new Error("There is no Windows machine");
  return opened;
}

describe.skipIf(wine === undefined)("on Windows", () => {
  test("what is not installed is not there, whatever the tools of the system answer", async () => {
    await machine().makeFolder(stateDir);
    const { code, stdout } = await machine().run("fairlead-executor", ["status", ...place, "--json"]);
    expect(code).toBe(5);
    const said: unknown = JSON.parse(stdout);
    expect(said).toMatchObject({ system: "task", installed: false, running: false });
    expect(said).not.toHaveProperty("state");
  }, 120_000);

  test("a task is taken by the scheduler, in a folder of any name, and removed again", async () => {
    const args = ["install", ...place, "--listen", "127.0.0.1:0"];
    const installed = await machine().run("fairlead-executor", args);
    expect(installed.stderr).toContain("The executor is installed");
    expect(installed.stderr).toContain(`type "${stateDir}\\executor.log"`);
    const tasks = machine().locate("C:\\windows\\system32\\tasks");
    const file = join(machine().locate(stateDir), "fairlead-executor.xml");
    expect(await readFile(file, "utf16le")).toContain('--log-file "C:\\fairlead\\J');
    expect(await readdir(tasks)).toEqual([expect.stringMatching(/^fairlead-executor-/)]);
    expect((await machine().run("fairlead-executor", ["status", ...place])).code).toBe(4);
    const gone = await machine().run("fairlead-executor", ["uninstall", ...place]);
    expect([gone.code, gone.stderr]).toEqual([0, ""]);
    expect(existsSync(file)).toBe(false);
    expect((await machine().run("fairlead-executor", ["status", ...place])).code).toBe(5);
  }, 180_000);

  test("what an executor says whose output nobody sees is in its log", async () => {
    const log = `${stateDir}\\executor.log`;
    const args = ["serve", ...place, "--listen", "127.0.0.1:0", "--log-file", log];
    const daemon = machine().start("fairlead-executor", args);
    const file = join(machine().locate(stateDir), "executor.log");
    const isTold = (): boolean => existsSync(file) && readFileSync(file, "utf8").includes("Listening");
    await waitUntil(isTold, { withinMs: 60_000, what: () => `The log. ${daemon.stderr()}` });
    daemon.kill("SIGINT");
    expect((await daemon.exited).code).toBe(0);
    expect(await readFile(file, "utf8")).toMatch(/^\S+Z Listening on grpc:\/\/127\.0\.0\.1:\d+\r?\n/);
    const refused = await machine().run("fairlead-executor", [...args, "--nonsense"]);
    expect(refused.code).toBe(2);
    expect(await readFile(file, "utf8")).toContain("--nonsense");
  }, 120_000);
});
