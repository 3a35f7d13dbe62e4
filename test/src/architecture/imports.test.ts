import { readFileSync } from "node:fs";
import { join } from "node:path";
import { workspaceRoot } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { importsOf, rooms, type SourceFile, sourceFiles } from "./source-files.js";

/** Who may import whom. A new arrow is a decision: draw it in docs/architecture.md first. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: [],
  wire: ["core", "proto"],
  machine: ["core"],
  executor: ["core", "wire", "machine"],
  link: ["core", "wire", "machine"],
  mcp: ["core"],
  oauth: ["core"],
  config: ["core"],
  host: ["core", "mcp"],
  cli: ["core", "wire", "machine", "executor", "link", "mcp", "oauth", "config", "host"],
  testkit: ["core", "wire", "machine", "executor", "link", "mcp", "oauth", "config", "host", "cli"],
};

const production = sourceFiles().filter((file) => !file.isTest);

function roomOf(specifier: string): string | undefined {
  if (specifier === "fairlead" || specifier.startsWith("fairlead/")) return "cli";
  return /^@fairlead\/([a-z]+)/.exec(specifier)?.[1];
}

function readJson(room: string, file: string): unknown {
  return JSON.parse(readFileSync(join(workspaceRoot(), "packages", room, file), "utf8"));
}

function declaredRooms(room: string): string[] {
  const manifest = readJson(room, "package.json") as Record<string, Record<string, string> | undefined>;
  const names = Object.keys({ ...manifest["dependencies"], ...manifest["devDependencies"] });
  return names.flatMap((name) => roomOf(name) ?? []).toSorted();
}

function offenders(files: readonly SourceFile[], isWrong: (file: SourceFile) => boolean): string[] {
  return files.filter(isWrong).map(({ path }) => path);
}

function importing(pattern: RegExp): (file: SourceFile) => boolean {
  return (file) => importsOf(file).some((specifier) => pattern.test(specifier));
}

const outside =
  (...names: string[]) =>
  (file: SourceFile): boolean =>
    !names.includes(file.room);

describe("the house", () => {
  test("has exactly the rooms of the table", () => {
    expect(rooms().toSorted()).toEqual(Object.keys(allowed).toSorted());
  });

  test.each(Object.entries(allowed))("%s imports only what it may", (room, targets) => {
    const arrows = production
      .filter((file) => file.room === room)
      .flatMap((file) => importsOf(file).flatMap((specifier) => roomOf(specifier) ?? []));
    expect([...new Set(arrows)].filter((target) => target !== room && !targets.includes(target))).toEqual([]);
  });

  test.each(Object.entries(allowed))("%s declares only what it may import", (room, targets) => {
    const declared = declaredRooms(room);
    expect(declared.filter((target) => !targets.includes(target))).toEqual([]);
  });

  test.each(Object.keys(allowed))("%s is compiled after exactly what it declares", (room) => {
    const { references = [] } = readJson(room, "tsconfig.json") as { references?: { path: string }[] };
    const compiled = references.map(({ path }) => path.replace("../", ""));
    // The contract's package has nothing to compile.
    expect(compiled.toSorted()).toEqual(declaredRooms(room).filter((name) => name !== "proto"));
  });

  test("is looked at closely: each kind of import is seen", () => {
    const text = [
      'import a, { type B } from "one";',
      'import type {\n  C,\n} from "two";',
      'export { d } from "three";',
      'export * from "four";',
      'import "five";',
      'const e = await import("six");',
      'const f = require("seven");',
    ].join("\n");
    expect(importsOf({ text })).toEqual(["one", "two", "three", "four", "five", "six", "seven"]);
  });

  test("reaches other packages by their name, never into their folders", () => {
    const crossing = (file: SourceFile): boolean =>
      importsOf(file).some(
        (specifier) =>
          /^\.\.?\/.*\/(?:packages|src)\//.test(specifier) || /^@?fairlead.*\/(?:src|dist)/.test(specifier),
      );
    expect(offenders(sourceFiles(), crossing)).toEqual([]);
  });
});

describe("the wall", () => {
  test("nothing on the executor's side knows MCP", () => {
    const files = production.filter((file) => ["wire", "machine", "executor", "link"].includes(file.room));
    expect(offenders(files, importing(/modelcontextprotocol|@fairlead\/(?:mcp|host)/))).toEqual([]);
    expect(offenders(files, ({ text }) => /tools\/call|"initialize"|jsonrpc/.test(text))).toEqual([]);
  });

  test("nothing on MCP's side knows gRPC", () => {
    const files = production.filter(outside("wire", "link", "executor"));
    expect(offenders(files, importing(/^@grpc\/|^grpc-|^(?:node:)?http2$/))).toEqual([]);
  });

  test("services are added in one place, the wire's handle()", () => {
    const adding = production.filter(({ text }) => /\.addService\(/.test(text));
    expect(adding.map(({ path }) => path)).toEqual(["packages/wire/src/server/handle.ts"]);
  });

  test("processes are started in the machine package only", () => {
    const files = production.filter(outside("machine", "testkit"));
    expect(offenders(files, importing(/^(?:node:)?child_process$/))).toEqual([]);
  });

  test("between link and executor only bytes travel: neither parses JSON", () => {
    const files = production.filter((file) => file.room === "link" || file.room === "executor");
    expect(offenders(files, ({ text }) => /JSON\.parse\(/.test(text))).toEqual([]);
  });

  test("the pseudo terminal library's own write() is never used", () => {
    expect(offenders(production, ({ text }) => /\bpty\w*\.write\(/.test(text))).toEqual([]);
  });

  test("the core needs no Node API", () => {
    const files = production.filter((file) => file.room === "core");
    expect(offenders(files, importing(/^node:/))).toEqual([]);
  });
});
