import { canCountProcesses, processesWithMarker, runCommand } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { createTestHome, withMarker } from "../servers/support/create-test-home.js";

/** A pipe to a program that reads two lines and goes. The first one's exit code is told on stderr. */
const intoHead = '{ "$@"; echo "code $?" >&2; } | head -n 2';

describe.skipIf(!canCountProcesses())("run into a pipe whose reader goes away", () => {
  test("ends a program that would write for ever, with its tree, and says so as a shell does", async () => {
    await using home = await createTestHome();
    const script = "yes & yes; wait";
    const piped = await runCommand(
      ["sh", "-c", intoHead, "sh", ...home.command("run", ...withMarker, "--", "sh", "-c", script)],
      { env: home.env, cwd: home.folder.path },
    );
    expect(piped.stdout).toBe("y\ny\n");
    expect(piped.stderr).toBe("code 141\n");
    expect(processesWithMarker(home.marker).filter(({ cmdline }) => cmdline[0] === "yes")).toEqual([]);
  });

  test("leaves the exit code of a program alone whose output was read to its end", async () => {
    await using home = await createTestHome();
    const piped = await runCommand(
      ["sh", "-c", intoHead, "sh", ...home.command("run", "--", "sh", "-c", "echo a; exit 3")],
      { env: home.env, cwd: home.folder.path },
    );
    expect(piped).toMatchObject({ stdout: "a\n", stderr: "code 3\n" });
  });
});
