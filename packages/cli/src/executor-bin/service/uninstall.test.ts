import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTerminal } from "../../output/terminal.js";
import { noteExecutor } from "../executor-note.js";
import { logonTask } from "./logon-task.js";
import { markText } from "./own-mark.js";
import { describeLaunch, type PlanSurroundings } from "./plan-service.js";
import { lookAtService } from "./service-status.js";
import { type UninstallFlags, uninstallService } from "./uninstall.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fl-uninstall-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A tool that writes down what it is asked. @param cases what it does when asked what, in the words of the shell */
async function makeTool(name: string, cases: string): Promise<void> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\necho "$@" >> '${folder}/calls'\ncase "$*" in ${cases} esac\n`);
  await chmod(path, 0o755);
}

const around = (platform: NodeJS.Platform): PlanSurroundings => ({
  platform,
  env: { PATH: `${folder}:/bin:/usr/bin`, SystemRoot: "C:\\Windows" },
  execPath: process.execPath,
});

async function uninstall(platform: NodeJS.Platform, flags: UninstallFlags = {}): Promise<string> {
  let said = "";
  const stream = { on: () => stream, write: (text: string) => (said += text) !== "", isTTY: false };
  const terminal = createTerminal(stream as unknown as NodeJS.WriteStream, process.stderr);
  await uninstallService({ stateDir: folder, ...flags }, terminal, around(platform));
  return said;
}

const readCalls = (): Promise<string> => readFile(join(folder, "calls"), "utf8");

describe.skipIf(process.platform !== "linux")("of launchd, whose plist was removed by hand,", () => {
  const knows = (path: string): string =>
    `print*fairlead*) printf '\\tpath = %s\\n\\tstate = running\\n' '${path}';;`;

  test("an agent that is still loaded is stopped", async () => {
    await makeTool("launchctl", knows(join(homedir(), "Library/LaunchAgents/fairlead-executor.plist")));
    expect(await uninstall("darwin")).toMatch(
      /^Removed the service, whose file .*fairlead-executor\.plist was gone\n$/,
    );
    expect(await readCalls()).toMatch(/^bootout gui\/\d+\/fairlead-executor$/m);
  });

  test.each([
    ["nothing is loaded", "print*fairlead*) exit 113;;"],
    ["what is loaded was made from somebody else's file", knows("/opt/fairlead-executor.plist")],
  ])("nothing is said to be removed where %s", async (_, cases) => {
    await makeTool("launchctl", cases);
    await expect(uninstall("darwin")).rejects.toMatchObject({ code: "not_found" });
    expect(await readCalls()).not.toContain("bootout");
  });
});

// Its tool is found there by a file of that name, backslashes and all.
describe.skipIf(process.platform !== "linux")("of Windows, which has one task for a user,", () => {
  const goes = 'rm "$0.task"';
  const isRefused = "echo ERROR: Access is denied. >&2; exit 1";

  async function register(flags: readonly string[], onDelete = goes): Promise<void> {
    const argv = ["C:\\node.exe", "C:\\fairlead-executor.js", "serve", ...flags];
    const launch = describeLaunch(folder, around("win32"), argv);
    const tool = "C:\\Windows\\System32\\schtasks.exe";
    await writeFile(
      join(folder, `${tool}.task`),
      markText((mark) => logonTask.render(launch, mark)),
    );
    await makeTool(tool, `*/XML) cat "$0.task";; /Delete*) ${onDelete};;`);
  }

  test("that of another state folder is left, and its folder told", async () => {
    await register(["--state-dir", "D:\\f l", "--log-file", "D:\\f l\\executor.log"]);
    await expect(uninstall("win32")).rejects.toMatchObject({
      code: "not_found",
      message: expect.stringContaining('fairlead-executor uninstall --state-dir "D:\\f l"'),
    });
    // The folder that needs no flag is named by its log alone.
    await register(["--log-file", "C:\\Users\\me\\.fairlead\\executor.log"]);
    await expect(uninstall("win32")).rejects.toMatchObject({
      message: expect.stringContaining("uninstall --state-dir C:\\Users\\me\\.fairlead"),
    });
    expect(await readCalls()).not.toContain("/Delete");
    expect(await uninstall("win32", { force: true })).toBe(
      "Removed the service of C:\\Users\\me\\.fairlead\n",
    );
  });

  test("that of this state folder goes though its file is gone, also where its name is not ASCII", async () => {
    const stateDir = join(folder, "J\u00f6rg");
    await mkdir(stateDir);
    await register(["--state-dir", join(folder, "J\ufffdrg")]);
    expect(await uninstall("win32", { stateDir })).toContain("Removed the service, whose file");
    expect(await readCalls()).toMatch(/^\/Delete \/TN fairlead-executor-/m);
  });

  test("one that Windows keeps is not said to be removed", async () => {
    await register(["--state-dir", folder], isRefused);
    await expect(uninstall("win32")).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/schtasks.* .Delete .* failed with code 1: ERROR: Access is denied/),
    });
  });

  test("the executor of a task whose file is gone is known by what the task says", async () => {
    const server = createServer((socket) => socket.destroy());
    const port = await new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        resolve(typeof address === "object" ? (address?.port ?? 0) : 0);
      });
    });
    const listen = `127.0.0.1:${port}`;
    const stateDir = join(folder, "of the task");
    const running = { address: `grpc://${listen}`, tokenPath: undefined };
    const forget = await noteExecutor({ stateDir, listen }, running);
    await register(["--listen", listen, "--state-dir", stateDir]);
    const looked = await lookAtService(logonTask, describeLaunch(folder, around("win32"), []));
    expect(looked).toMatchObject({ owner: undefined, otherStateDir: stateDir, executor: { listen } });
    await forget();
    server.close();
  });
});
