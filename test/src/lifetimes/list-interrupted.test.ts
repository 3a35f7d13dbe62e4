import { canCountProcesses, waitUntil } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { expectNothingLeft } from "../failures/support/expect-failure.js";
import { createScene } from "../failures/support/scene.js";
import { heldServer } from "./support/held-server.js";
import { serverProcesses } from "./support/server-processes.js";

test.skipIf(!canCountProcesses()).each([[], ["--json"]])(
  "Ctrl-C ends list --check %s as it ends a call: no server is said to have failed, and none is left",
  async (...flags: string[]) => {
    await using scene = await createScene();
    const held = heldServer(scene);
    await scene.configure(held.table);
    const command = await scene.start(["list", "--check", ...flags]);
    const started = { withinMs: 10_000, what: () => `The start of the server: ${command.stderr()}` };
    await waitUntil(() => serverProcesses(scene).length > 0, started);
    command.kill("SIGINT");
    expect(await command.exited).toMatchObject({ code: 130, signal: null });
    expect(command.lines).toEqual([]);
    expect(command.stderr()).toContain("Interrupted by SIGINT");
    expect(command.stderr().trimEnd().split("\n")).toHaveLength(1);
    await expectNothingLeft(scene);
  },
);
