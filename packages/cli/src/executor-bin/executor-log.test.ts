import { mkdir, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FairleadError } from "@fairlead/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createTerminal } from "../output/terminal.js";
import { namedLog, withLog } from "./executor-log.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fl-log-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A terminal that nobody reads. */
function silent(): ReturnType<typeof createTerminal> {
  const nothing = { on: () => nothing, write: () => true, isTTY: false } as unknown as NodeJS.WriteStream;
  return createTerminal(nothing, nothing);
}

test("what an executor prints, tells and fails with is in its log, with the time", async () => {
  const file = join(folder, "executor.log");
  const terminal = withLog(silent(), file);
  terminal.print("Listening on x");
  terminal.tell("a warning");
  expect(terminal.fail(new FairleadError("usage", "no such port"), false)).toBe(2);
  const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
  expect(lines.map((line) => line.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z /, ""))).toEqual([
    "Listening on x",
    "a warning",
    "fairlead: no such port",
  ]);
  expect((await stat(file)).mode & 0o077).toBe(0);
});

test("a log does not grow beyond its limit, of which one former part is kept", async () => {
  const file = join(folder, "executor.log");
  const terminal = withLog(silent(), file, 200);
  for (let line = 0; line < 40; line += 1) terminal.tell(`line ${line}`);
  const [now, before] = [await readFile(file, "utf8"), await readFile(`${file}.1`, "utf8")];
  expect(Math.max(now.length, before.length)).toBeLessThan(300);
  expect(before + now).toMatch(/line 38\n.*line 39\n$/);
});

test("a log that cannot be moved, as while somebody reads it on Windows, goes on", async () => {
  const file = join(folder, "executor.log");
  const terminal = withLog(silent(), file, 10);
  terminal.tell("the first line");
  await mkdir(`${file}.1`);
  terminal.tell("the second line");
  expect(await readFile(file, "utf8")).toMatch(/the first line\n.*the second line\n$/);
  await rm(`${file}.1`, { recursive: true });
  terminal.tell("the third line");
  expect(await readFile(file, "utf8")).toMatch(/^\S+ the third line\n$/);
});

test("what a server says moves no cursor of whoever looks at the log", async () => {
  const file = join(folder, "executor.log");
  withLog(silent(), file).tell("one\u001b[2Jtwo");
  expect(await readFile(file, "utf8")).not.toContain("\u001b");
});

test("a log that cannot be written ends nothing", () => {
  const terminal = withLog(silent(), join(folder, "none", "executor.log"));
  expect(() => terminal.tell("a warning")).not.toThrow();
});

test.each([
  [["serve", "--log-file", "C:\\a b"], "C:\\a b"],
  [["serve", "--log-file=x"], "x"],
  [["serve"], undefined],
])("of %j the log is %s", (argv, file) => {
  expect(namedLog(argv)).toBe(file);
});
