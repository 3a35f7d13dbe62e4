import { existsSync } from "node:fs";
import { canCountProcesses, processesWithMarker, runCommand } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { createTestHome, withMarker } from "../servers/support/create-test-home.js";

/** A device that takes nothing, as a full disk. */
const fullDevice = "/dev/full";
const intoFullDevice = `"$@" > ${fullDevice}`;

describe.skipIf(!existsSync(fullDevice) || !canCountProcesses())("an output that cannot be written", () => {
  test.each<[what: string, script: string]>([
    ["would write for ever", "yes & yes; wait"],
    ["wrote one line and ended well", "echo a"],
  ])("lets run fail and leave nothing running of a program that %s, and is told once", async (_, script) => {
    await using home = await createTestHome();
    const failed = await runCommand(
      ["sh", "-c", intoFullDevice, "sh", ...home.command("run", ...withMarker, "--", "sh", "-c", script)],
      { env: home.env, cwd: home.folder.path },
    );
    expect(failed.stderr).toMatch(/^fairlead: the output cannot be written: ENOSPC.*\n$/);
    expect(failed.code).toBe(125);
    expect(processesWithMarker(home.marker).filter(({ cmdline }) => cmdline[0] === "yes")).toEqual([]);
  });

  test("lets other commands end with 1, and is told once", async () => {
    await using home = await createTestHome();
    const failed = await runCommand(["sh", "-c", intoFullDevice, "sh", ...home.command("executor", "list")], {
      env: home.env,
      cwd: home.folder.path,
    });
    expect(failed.stderr).toMatch(/^fairlead: the output cannot be written: ENOSPC.*\n$/);
    expect(failed.code).toBe(1);
  });
});
