import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { createFiles } from "@fairlead/machine";
import {
  createTempFolder,
  createTestRandom,
  runCommand,
  type SeededRandom,
  type TempFolder,
} from "@fairlead/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

const hasGit = await runCommand(["git", "--version"]).then(
  ({ code }) => code === 0,
  () => false,
);
if (!hasGit) process.stdout.write("gitignore.test.ts is skipped: there is no git here to compare with\n");

const names = ["a", "b", "c.log", "d.txt", "build", ".hidden", "x y", "[z]"];
const patterns = [
  ...names,
  "/a",
  "b/",
  "a/b",
  "/a/b",
  "*.log",
  "*.t?t",
  "*",
  "/*",
  "a/*",
  "**/b",
  "a/**",
  "a/**/b",
  "**/a/**",
  "[ab]",
  "[!a]",
  "[a-c]*",
  "\\[z\\]",
  "x\\ y",
  "?",
  "build/**/c.log",
  ".*",
  "#a",
  "a  ",
  "a**",
  "**",
  "**/",
  "/**",
  "*/b",
  "\\!a",
  "a/**/**/b",
  "*.*",
  "**/*.log",
  "[[:alpha:]]*",
  "a\\",
  "//a",
  "a//b",
  "[z",
  "*[",
  "[]]",
  "*a*",
  "/**/b",
];

let folder: TempFolder;
beforeAll(async () => {
  folder = await createTempFolder("fl-");
});
afterAll(() => folder[Symbol.asyncDispose]());

function createPath(random: SeededRandom): string {
  return Array.from({ length: random.integer(1, 4) }, () => random.pick(names)).join("/");
}

function createRules(random: SeededRandom): string {
  const lines = Array.from({ length: random.integer(1, 5) }, () => {
    return `${random.chance(0.3) ? "!" : ""}${random.pick(patterns)}${random.chance(0.2) ? "/" : ""}`;
  });
  return `${lines.join("\n")}\n`;
}

/** Makes a repository of random files with random rules. @returns its rules, for a message */
async function makeRepository(root: string, random: SeededRandom): Promise<string> {
  const rules: string[] = [];
  await mkdir(root, { recursive: true });
  for (let count = 0; count < 25; count += 1) {
    const path = `${root}/${createPath(random)}`;
    // What is a file already cannot be a folder too.
    await mkdir(dirname(path), { recursive: true })
      .then(() => writeFile(path, ""))
      .catch(() => {});
  }
  for (const below of ["", "a/", "build/", "a/b/"]) {
    if (!random.chance(below === "" ? 1 : 0.4)) continue;
    const text = createRules(random);
    const isWritten = await writeFile(`${root}/${below}.gitignore`, text).then(
      () => true,
      () => false,
    );
    if (isWritten) rules.push(`--- ${below}.gitignore\n${text}`);
  }
  await runCommand(["git", "init", "-q", root]);
  return rules.join("");
}

test.runIf(hasGit)("what a search leaves out is what git leaves out", async () => {
  const random = createTestRandom("gitignore");
  for (let round = 0; round < 60; round += 1) {
    const root = folder.file(`r${round}`);
    const rules = await makeRepository(root, random);
    const { stdout } = await runCommand(
      ["git", "-c", "core.excludesFile=/dev/null", "ls-files", "--others", "--exclude-standard", "-z"],
      { cwd: root },
    );
    const expected = stdout
      .split("\0")
      .filter((path) => path !== "")
      .toSorted();
    const found: string[] = [];
    for await (const { matches, isDone } of createFiles({ roots: [`file://${root}`] }).search(
      `file://${root}`,
      {
        query: "",
        limit: 1_000,
      },
    ))
      if (isDone) found.push(...matches.map(({ path }) => path));
    expect(found.toSorted(), rules).toEqual(expected);
    await rm(root, { recursive: true });
  }
});
