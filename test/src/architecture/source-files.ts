import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { workspaceRoot } from "@fairlead/testkit";

/** One TypeScript file of the project. */
export interface SourceFile {
  /** Relative to the checkout, with `/`. */
  readonly path: string;
  /** The folder under `packages/`, or `test`. */
  readonly room: string;
  readonly text: string;
  readonly isTest: boolean;
}

/** The rooms of the house: every folder under `packages/`. */
export function rooms(): string[] {
  return readdirSync(join(workspaceRoot(), "packages"));
}

/** Every TypeScript file of the packages, generated ones aside. */
export function sourceFiles(): SourceFile[] {
  return rooms().flatMap((room) => filesUnder(join(workspaceRoot(), "packages", room, "src"), room));
}

/** Every TypeScript file of the tests of the whole. */
export function systemTestFiles(): SourceFile[] {
  return filesUnder(join(workspaceRoot(), "test", "src"), "test");
}

/** What a file imports, requires or exports from elsewhere, type-only imports included. */
export function importsOf({ text }: Pick<SourceFile, "text">): string[] {
  const pattern =
    /(?:^|\n)\s*(?:import|export)\b[^"';]*?from\s*"([^"]+)"|\b(?:import|require)\(\s*"([^"]+)"\s*\)|(?:^|\n)import\s+"([^"]+)"/g;
  return [...text.matchAll(pattern)].map(([, from, dynamic, bare]) => from ?? dynamic ?? bare ?? "");
}

function filesUnder(folder: string, room: string): SourceFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes(`${room}/src/gen/`))
    .map((path) => ({
      path: relative(workspaceRoot(), path).replaceAll("\\", "/"),
      room,
      text: readFileSync(path, "utf8"),
      isTest: path.endsWith(".test.ts") || path.includes("/test-support/"),
    }));
}
