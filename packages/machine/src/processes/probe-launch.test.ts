import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { toPathUri } from "@fairlead/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { operatingSystemOf, pathConventionOf } from "../platform/operating-system.js";
import { probeLaunch } from "./probe-launch.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "probe-"));
  await writeFile(join(folder, "plain"), "");
});
afterAll(() => rm(folder, { recursive: true }));

const uri = (path: string): string => toPathUri(path, pathConventionOf(operatingSystemOf()));
const node = process.execPath;
const env = { PATH: dirname(node), GIVEN: "x", FAIRLEAD_TOKEN: "never" };

test("tells where a program and a folder are, and which variables no child could inherit", async () => {
  const variables = ["GIVEN", "MISSING", "FAIRLEAD_TOKEN"];
  expect(await probeLaunch({ program: basename(node), cwd: uri(folder), variables }, { env })).toEqual({
    program: { path: node },
    cwd: { path: folder },
    unsetVariables: ["MISSING", "FAIRLEAD_TOKEN"],
    searchPath: { source: "own" },
    warnings: [],
  });
});

test("searches the PATH that the launch sets", async () => {
  const question = { program: basename(node), env: { set: { PATH: folder } }, variables: [] };
  expect(await probeLaunch(question, { env })).toMatchObject({
    program: { error: { reason: "program_not_found", details: { searchedPath: folder } } },
  });
});

test.each([
  ["nothing", "none"],
  ["a file", "plain"],
])("says why a folder that is %s is none, and finds the program all the same", async (_what, name) => {
  const question = { program: node, cwd: uri(join(folder, name)), variables: [] };
  expect(await probeLaunch(question, { env })).toMatchObject({
    program: { path: node },
    cwd: { error: { reason: "cwd_missing" } },
  });
});

test("looks for no program where none is named", async () => {
  expect(await probeLaunch({ variables: [] }, { env, defaultCwd: folder })).toEqual({
    program: undefined,
    cwd: { path: folder },
    warnings: [],
    unsetVariables: [],
  });
});
