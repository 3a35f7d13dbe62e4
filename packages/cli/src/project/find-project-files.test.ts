import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findProjectFiles } from "./find-project-files.js";

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "fairlead-find-")));
});
afterEach(() => rm(folder, { recursive: true }));

/** Makes files, which end in a name, and folders, which end in a slash. */
async function make(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const target = join(folder, path);
    await mkdir(path.endsWith("/") ? target : dirname(target), { recursive: true });
    if (!path.endsWith("/")) await writeFile(target, "");
  }
}

async function find(cwd: string, bounds: { user?: string; home?: string } = {}): Promise<string[]> {
  const { user = "user", home = "user/.fairlead" } = bounds;
  const found = await findProjectFiles(join(folder, cwd), {
    home: join(folder, home),
    userFolder: join(folder, user),
  });
  return found.map(({ file }) => relative(folder, file));
}

test("goes up to the root of the repository, the nearest last, ours over that of others", async () => {
  await make(
    ".mcp.json",
    "repo/.git/",
    "repo/.mcp.json",
    "repo/.fairlead/config.toml",
    "repo/a/b/.mcp.json",
    "user/",
  );
  expect(await find("repo/a/b")).toEqual([
    "repo/.mcp.json",
    "repo/.fairlead/config.toml",
    "repo/a/b/.mcp.json",
  ]);
});

test("a work tree, whose .git is a file, is a repository too", async () => {
  await make(".mcp.json", "tree/.git", "tree/.mcp.json", "tree/a/", "user/");
  expect(await find("tree/a")).toEqual(["tree/.mcp.json"]);
});

test("in no repository it ends below the user's own folder, which is no project", async () => {
  await make("user/.mcp.json", "user/.fairlead/config.toml", "user/work/.mcp.json", "user/work/a/");
  expect(await find("user/work/a")).toEqual(["user/work/.mcp.json"]);
  expect(await find("user")).toEqual([]);
});

test("not even where the user's own folder is a repository", async () => {
  await make("user/.git/", "user/.mcp.json", "user/work/.mcp.json");
  expect(await find("user/work")).toEqual(["user/work/.mcp.json"]);
});

test("elsewhere it is the folder alone", async () => {
  await make(".mcp.json", "other/.mcp.json", "other/a/.mcp.json", "user/");
  expect(await find("other/a")).toEqual(["other/a/.mcp.json"]);
});

test("a home folder is never a project, wherever it stands", async () => {
  await make("repo/.git/", "repo/.fairlead/config.toml", "repo/.fairlead/state/.mcp.json", "user/");
  expect(await find("repo", { home: "repo/.fairlead" })).toEqual([]);
  expect(await find("repo/.fairlead/state", { home: "repo/.fairlead" })).toEqual([]);
});

test("a folder that is reached by a link is the one that it leads to", async () => {
  await make("repo/.git/", "repo/.mcp.json", "repo/a/", "user/");
  await symlink(join(folder, "repo/a"), join(folder, "link"));
  expect(await find("link")).toEqual(["repo/.mcp.json"]);
});

test("a link that leads nowhere is no file", async () => {
  await make("repo/.git/", "user/");
  await symlink(join(folder, "nowhere"), join(folder, "repo/.mcp.json"));
  expect(await find("repo")).toEqual([]);
});
