import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connectExecutor } from "@fairlead/link";
import { runCommand } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { outputOf } from "../servers/support/output-of.js";
import { findWine } from "./support/find-wine.js";
import { startWineExecutor } from "./support/wine-executor.js";
import { openWineMachine, ownFolder, type WineMachine } from "./support/wine-machine.js";

// The PATH of the registry. It changes while an executor runs that was started without what is new in it.
const wine = findWine("the PATH of Windows");
let opened: WineMachine | undefined;
beforeAll(async () => {
  if (wine !== undefined) opened = await openWineMachine(wine);
}, 180_000);
afterAll(async () => opened?.[Symbol.asyncDispose](), 60_000);

/** Sets a variable of the user, which programs that run already do not get. */
async function setVariable(machine: WineMachine, kind: string, name: string, value: string): Promise<void> {
  const { env } = machine.command("fairlead", []);
  const argv = [
    "wine",
    "reg",
    "add",
    "HKCU\\Environment",
    "/v",
    name,
    "/t",
    kind,
    "/d",
    value,
    "/f",
  ] as const;
  outputOf(await runCommand(argv, { env, cwd: machine.locate(ownFolder) }));
}

describe.skipIf(wine === undefined)("on Windows", () => {
  test("a program is found on a PATH of the registry, by variables that are newer than the executor", async () => {
    if (opened === undefined) throw new Error("There is no Windows machine");
    await using executor = await startWineExecutor(opened, { ONLYOURS: "gone" });
    const folder = opened.locate("C:\\my tüls\\bin");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "tell-me.cmd"), "@echo off\r\necho found %1\r\n");
    await setVariable(opened, "REG_SZ", "NEWTOOLS", "C:\\my tüls");
    await setVariable(opened, "REG_EXPAND_SZ", "DEEPTOOLS", "%NEWTOOLS%\\bin");
    await setVariable(opened, "REG_EXPAND_SZ", "PATH", "%DEEPTOOLS%;%USERPROFILE%\\bin;C:\\%ONLYOURS%");
    const { address: url, token } = executor;
    const names = { name: "windows", clientName: "test", clientVersion: "0" };
    await using session = await connectExecutor({ url, token, ...names });
    let said = "";
    await using child = await session.launcher.launch(
      { program: "tell-me", args: ["it"] },
      { onOutput: (_, chunk) => (said += Buffer.from(chunk).toString()) },
    );
    expect(await child.closed).toMatchObject({ reason: "exited", code: 0 });
    expect(said.trim()).toBe("found it");
    // An export would be filled in with the executor's own variables; a new program, as Windows tells it, has none of them.
    const unknown = { program: "none-such", args: [] };
    await expect(session.launcher.launch(unknown, { onOutput: () => {} })).rejects.toMatchObject({
      reason: "program_not_found",
      details: { searchedPath: expect.stringMatching(/C:\\my tüls\\bin;.*C:\\%ONLYOURS%/) },
    });
  }, 120_000);
});
