import { expect, test } from "vitest";
import { runRow } from "./support/run-row.js";
import { serverRows } from "./table.js";

// The commands that start servers, as in quiet-commands.test.ts.

test.each(serverRows.map((row) => [row.command, row] as const))("fairlead %s", async (name, row) => {
  const told = await runRow(row, { url: "unix:///nowhere/devbox.sock" });
  await expect(told).toMatchFileSnapshot(`expected/${name.replaceAll(" ", "-")}.txt`);
});
