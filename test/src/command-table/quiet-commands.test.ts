import { binaryCommand, runCommand } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { createTestHome } from "../servers/support/create-test-home.js";
import { runRow } from "./support/run-row.js";
import { machineRows, quietRows, serverRows } from "./table.js";

// Every command, in every mode, as people and programs meet it. A new command needs a row in table.ts; `vitest -u` writes
// what it shows into expected/, to be read before it is kept.

test.each(quietRows.map((row) => [row.command, row] as const))("fairlead %s", async (name, row) => {
  const told = await runRow(row, { url: "unix:///nowhere/devbox.sock" });
  await expect(told).toMatchFileSnapshot(`expected/${name.replaceAll(" ", "-")}.txt`);
});

describe("the table", () => {
  test("names every command that there is, and no other", async () => {
    await using home = await createTestHome();
    const known = [...quietRows, ...serverRows, ...machineRows].map(({ command }) => command);
    const below = async (...words: readonly string[]): Promise<readonly string[]> => {
      const asked = [...binaryCommand("fairlead"), "__complete", "fish", ...words, ""];
      const { stdout } = await runCommand(asked, { env: home.env, cwd: home.folder.path });
      const names = stdout.split("\n").map((line) => line.split("\t")[0] ?? "");
      return names.filter((name) => name !== "" && name !== "help").map((name) => [...words, name].join(" "));
    };
    const groups = new Set(
      known.flatMap((command) => (command.includes(" ") ? [command.split(" ")[0] ?? ""] : [])),
    );
    const there = await Promise.all(
      (await below()).map((name) => (groups.has(name) ? below(name) : Promise.resolve([name]))),
    );
    expect(known.toSorted()).toEqual(there.flat().toSorted());
  });
});
