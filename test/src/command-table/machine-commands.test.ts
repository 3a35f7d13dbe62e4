import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { startTestExecutor, type TestExecutor } from "../servers/support/start-test-executor.js";
import { runRow } from "./support/run-row.js";
import { machineRows } from "./table.js";

// The commands that reach an executor, as in quiet-commands.test.ts.
const stack = createDisposeStack();
let executor: TestExecutor;
beforeAll(async () => {
  executor = stack.use(await startTestExecutor());
  // Its home is the folder that its socket is in.
  const folder = dirname(executor.url.replace("unix://", ""));
  await writeFile(join(folder, "wantedfile.txt"), "here\n");
});
afterAll(async () => stack[Symbol.asyncDispose]());

test.each(machineRows.map((row) => [row.command, row] as const))("fairlead %s", async (name, row) => {
  const told = await runRow(row, executor);
  await expect(told).toMatchFileSnapshot(`expected/${name.replaceAll(" ", "-")}.txt`);
});
