import { expect, test } from "vitest";
import { createCompletionHome } from "../completion/support/completion-home.js";
import { type Loaded, loadedBy } from "./support/loaded-modules.js";

// A program is quick to start if it loads little. How long that takes is measured by `npm run bench -- start`.

async function openScene() {
  const scene = await createCompletionHome();
  return {
    loaded: (...args: readonly string[]): Promise<Loaded> =>
      loadedBy(scene.home.command(...args), { env: scene.env, cwd: scene.folder }),
    [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose](),
  };
}

const completed: readonly [what: string, words: readonly string[]][] = [
  ["a command", ["exec"]],
  ["a flag", ["list", "--"]],
  ["a server", ["get", ""]],
  ["a tool", ["call", "files", ""]],
];

test("--version loads the tree of commands and nothing of what they do", async () => {
  await using scene = await openScene();
  const { packages, own } = await scene.loaded("--version");
  expect(packages).toEqual(["commander"]);
  expect(own).toContain("cli/command-line.js");
  expect(packagesOf(own)).toEqual(["cli", "core"]);
});

test.each(completed)(
  "completing %s loads no more than --version, completion and what was kept",
  async (what, words) => {
    await using scene = await openScene();
    const version = await scene.loaded("--version");
    // The first one reads the configuration, and keeps what it found.
    await scene.loaded("__complete", "bash", "get", "");
    const { packages, own } = await scene.loaded("__complete", "bash", ...words);
    expect(packages).toEqual(["commander"]);
    const more = own.filter((name) => !version.own.includes(name));
    const isNamed = what === "a server" || what === "a tool";
    const allowed = isNamed
      ? /^cli\/completion\/|^cli\/runtime\/(?:home|private-directory)\.js$|^cli\/project\/find-project-files\.js$|^core\//
      : /^cli\/completion\//;
    expect(more.filter((name) => !allowed.test(name))).toEqual([]);
    expect(own.includes("cli/completion/known-names.js")).toBe(isNamed);
    expect(own).not.toContain("cli/completion/gather-names.js");
  },
);

test("the first completion of a name reads the configuration, or this test could not fail", async () => {
  await using scene = await openScene();
  const { packages, own } = await scene.loaded("__complete", "bash", "get", "");
  expect(packages).toEqual(expect.arrayContaining(["commander", "smol-toml", "zod"]));
  expect(own).toContain("cli/completion/gather-names.js");
});

test("list loads nothing that speaks to servers or executors, nor what edits other programs' files", async () => {
  await using scene = await openScene();
  const { packages } = await scene.loaded("list");
  expect(packages).toEqual(["commander", "smol-toml", "zod"]);
  const importing = await scene.loaded("client", "list");
  expect(importing.packages).toContain("jsonc-parser");
});

function packagesOf(own: readonly string[]): readonly string[] {
  return [...new Set(own.map((name) => name.slice(0, name.indexOf("/"))))].toSorted();
}
