import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { workspaceRoot } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { rooms, sourceFiles, systemTestFiles } from "./source-files.js";

const root = workspaceRoot();
const { scripts } = JSON.parse(textOf("package.json")) as { scripts: Record<string, string> };
const commands = Object.keys(scripts);
const folders = [".", "docs", "proto", "scripts", "test", "test/bench", "test/src/foreign"];
const files = [...folders, ...rooms().map((room) => join("packages", room))].flatMap((folder) =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:md|mjs|ts)$/.test(entry.name))
    .map(({ name }) => join(folder, name)),
);
const pages = files.filter((path) => path.endsWith(".md"));

function textOf(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

describe("commands that a contributor is told to type", () => {
  test("need npm and no pnpm, which a clone does not have", () => {
    const wrong = new RegExp(`\\bpnpm (?:run )?(?:${commands.join("|")})\\b`);
    const sources = [...sourceFiles(), ...systemTestFiles()].filter(({ text }) => wrong.test(text));
    const found = [...files.filter((path) => wrong.test(textOf(path))), ...sources.map(({ path }) => path)];
    expect(found).toEqual([]);
  });

  test("exist", () => {
    const typed = files.flatMap((path) =>
      [...textOf(path).matchAll(/\bnpm run (?:--silent )?([a-z][\w:]*)/g)].map(([, name = ""]) => ({
        path,
        name,
      })),
    );
    expect(typed.filter(({ name }) => !commands.includes(name))).toEqual([]);
  });
});

test("test/README.md says of every folder of tests which question it answers", () => {
  const cells = [...textOf("test/README.md").matchAll(/^\| (`.+?`) \|/gm)].map(([, cell = ""]) => cell);
  const named = cells.flatMap((cell) => cell.replaceAll("`", "").split(", "));
  expect(named.toSorted()).toEqual(readdirSync(join(root, "test", "src")).toSorted());
});

describe.each(pages)("%s", (page) => {
  const links = [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = ""]) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => link.split("#"));

  test("links to pages, folders and headings that there are", () => {
    const dead = links.filter(([path = "", anchor]) => {
      const target = path === "" ? page : normalize(join(dirname(page), path));
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !anchorsOf(target).includes(anchor);
    });
    expect(dead.map((link) => link.join("#"))).toEqual([]);
  });
});

/** The names that GitHub gives to headings. */
function anchorsOf(page: string): string[] {
  return [...textOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{Letter}\p{Number}_ -]/gu, "")
      .replaceAll(" ", "-"),
  );
}
