import { binaryCommand } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { runInTerminal } from "../command-table/support/run-in-terminal.js";
import { createScene } from "../failures/support/scene.js";

const green = "\u001b[32m";

test("what is found has colours in a pipe too, where they are forced", async () => {
  await using scene = await createScene();
  const [forced, plain] = await Promise.all([
    scene.fairlead(["doctor"], { env: { FORCE_COLOR: "1" } }),
    scene.fairlead(["doctor"]),
  ]);
  expect(forced.stdout).toContain(`${green}ok`);
  expect(plain.stdout).not.toContain("\u001b");
});

test.each([
  [{ TERM: "xterm" }, true],
  [{ TERM: "dumb" }, false],
  [{ TERM: "xterm", FORCE_COLOR: "0" }, false],
  [{ TERM: "xterm", NO_COLOR: "1" }, false],
])("on a terminal with %j it has colours: %s", async (env, isColoured) => {
  await using scene = await createScene();
  const { shown } = await runInTerminal([...binaryCommand("fairlead"), "doctor"], {
    env: { ...scene.env, ...env },
    columns: 80,
  });
  expect(shown).toContain("✓");
  expect(shown.includes(green)).toBe(isColoured);
});
