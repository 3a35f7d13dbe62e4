import { describe, expect, test } from "vitest";
import { type HomeFileSystem, resolveHome } from "./home.js";

function createFiles(entries: Readonly<Record<string, "folder" | "file" | { link: string }>>): {
  fileSystem: HomeFileSystem;
  made: string[];
} {
  const made: string[] = [];
  const realpath = (path: string): string => {
    const entry = entries[path];
    return typeof entry === "object" ? realpath(entry.link) : path;
  };
  return {
    made,
    fileSystem: {
      isDirectory: async (path) => {
        const entry = entries[realpath(path)];
        return entry === undefined ? undefined : entry === "folder";
      },
      realpath: async (path) => realpath(path),
      makePrivateDirectory: async (path) => void made.push(path),
    },
  };
}

describe("the home folder", () => {
  test("that was named is used, links resolved", async () => {
    const { fileSystem, made } = createFiles({ "/link": { link: "/real" }, "/real": "folder" });
    expect(await resolveHome("/real", "/default", fileSystem)).toBe("/real");
    expect(await resolveHome("/link", "/default", fileSystem)).toBe("/real");
    expect(made).toEqual([]);
  });

  test("that was named must be there", async () => {
    const { fileSystem, made } = createFiles({});
    await expect(resolveHome("/typo", "/default", fileSystem)).rejects.toMatchObject({
      code: "usage",
      reason: "home_invalid",
      message: expect.stringContaining("/typo does not exist"),
    });
    expect(made).toEqual([]);
  });

  test("cannot be a file, named or not", async () => {
    const { fileSystem } = createFiles({ "/file": "file" });
    await expect(resolveHome("/file", "/default", fileSystem)).rejects.toMatchObject({
      reason: "home_invalid",
    });
    await expect(resolveHome(undefined, "/file", fileSystem)).rejects.toMatchObject({
      reason: "home_invalid",
    });
  });

  test("that nobody named is the default, made if it is missing", async () => {
    const there = createFiles({ "/default": "folder" });
    expect(await resolveHome(undefined, "/default", there.fileSystem)).toBe("/default");
    expect(there.made).toEqual([]);
    const missing = createFiles({});
    expect(await resolveHome("", "/default", missing.fileSystem)).toBe("/default");
    expect(missing.made).toEqual(["/default"]);
  });
});
