import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { workspaceRoot } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { rooms, sourceFiles, systemTestFiles } from "./source-files.js";

const maxLines = 400;
const everything = [...sourceFiles(), ...systemTestFiles()];
const folders = ["proto", "test", ...rooms().map((room) => join("packages", room))];

function manifestOf(folder: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(workspaceRoot(), folder, "package.json"), "utf8")) as Record<
    string,
    unknown
  >;
}

describe("every source file", () => {
  test(`has at most ${maxLines} lines`, () => {
    const long = everything.filter(({ text }) => text.split("\n").length - 1 > maxLines);
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  test("documents what it exports", () => {
    const declaration = /^export (?:async )?(?:abstract )?(?:function|class|interface|type|const) (\w+)/;
    const bare = everything
      .filter(({ isTest }) => !isTest)
      .flatMap(({ path, text }) => {
        const lines = text.split("\n").filter((line) => line.trim() !== "");
        return lines.flatMap((line, index) => {
          const name = declaration.exec(line)?.[1];
          return name === undefined || /\*\/\s*$/.test(lines[index - 1] ?? "") ? [] : [`${path}: ${name}`];
        });
      });
    expect(bare).toEqual([]);
  });

  test("switches no check off", () => {
    const marks = /:\s*any\b|\bas any\b|<any>|@ts-(?:ignore|nocheck|expect-error)|\bexport default\b/;
    const found = everything.filter(({ path, text }) => !path.includes("/architecture/") && marks.test(text));
    expect(found.map(({ path }) => path)).toEqual([]);
  });
});

describe("every package", () => {
  test.each(folders)("%s agrees with the others on version, engines, licence and kind", (folder) => {
    const root = manifestOf(".");
    const { version, engines, license, type } = manifestOf(folder);
    expect({ version, engines, license, type }).toEqual({
      version: root["version"],
      engines: root["engines"],
      license: root["license"],
      type: root["type"],
    });
  });

  test.each(folders)("%s says what it is for", (folder) => {
    expect(existsSync(join(workspaceRoot(), folder, "README.md"))).toBe(true);
  });

  test("takes every version from the catalog", () => {
    const loose = folders.flatMap((folder) => {
      const manifest = manifestOf(folder) as Record<string, Record<string, string> | undefined>;
      const all = {
        ...manifest["dependencies"],
        ...manifest["devDependencies"],
        ...manifest["optionalDependencies"],
      };
      return Object.entries(all)
        .filter(([, version]) => version !== "catalog:" && version !== "workspace:*")
        .map(([name]) => `${folder}: ${name}`);
    });
    expect(loose).toEqual([]);
  });
});
