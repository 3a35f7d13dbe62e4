import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { workspaceRoot } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Consumer, openConsumer } from "./support/consumer.js";
import { openRelease, type Release } from "./support/release.js";

// What is in the published package, which is packed here from what is built. Packing itself fails where the bundle and the
// manifest do not agree.
let release: Release;
let consumer: Consumer;
let files: readonly string[];
beforeAll(async () => {
  release = await openRelease();
  consumer = await openConsumer(release);
  const entries = readdirSync(consumer.packageFolder, { recursive: true, encoding: "utf8" });
  files = entries
    .filter((path) => statSync(join(consumer.packageFolder, path)).isFile())
    .map((path) => path.replaceAll("\\", "/"));
});
afterAll(async () => release[Symbol.asyncDispose]());

function textOf(path: string): string {
  return readFileSync(join(consumer.packageFolder, path), "utf8");
}

describe("the published package", () => {
  test("holds what it says, and nothing else", () => {
    const places = files.map((path) => /^dist\/\w+|^[^/]+/.exec(path)?.[0] ?? "");
    expect([...new Set(places)].toSorted()).toEqual([
      "LICENSE",
      "README.md",
      "THIRD_PARTY_NOTICES.md",
      "bin",
      "dist/bundle",
      "dist/types",
      "docs",
      "package.json",
      "proto",
    ]);
    expect(files).toEqual(
      expect.arrayContaining(["bin/fairlead.js", "proto/fairlead/executor/v1/process.proto"]),
    );
    expect(files.filter((path) => /\.map$|\.test\.|test-support|tsbuildinfo/.test(path))).toEqual([]);
    expect(statSync(release.tarball).size).toBeLessThan(1024 * 1024);
  });

  test("names no private package and no path of the machine that made it", () => {
    const code = files.filter((path) => /\.(?:js|ts)$/.test(path));
    const importing = /(?:from|import\(|require\()\s*["']@fairlead\//;
    expect(code.filter((path) => importing.test(textOf(path)))).toEqual([]);
    expect(files.filter((path) => textOf(path).includes(workspaceRoot()))).toEqual([]);
  });

  test("asks for what its programs import, in versions that a registry knows", () => {
    const manifest = JSON.parse(textOf("package.json")) as Record<string, Record<string, string>>;
    const installed = { ...manifest["dependencies"], ...manifest["optionalDependencies"] };
    expect(Object.keys(installed).toSorted()).toEqual([
      "@grpc/grpc-js",
      "@grpc/proto-loader",
      "@grpc/reflection",
      "@lydell/node-pty",
      "@napi-rs/keyring",
      "grpc-health-check",
      "koffi",
      "undici",
    ]);
    expect(Object.values(installed).filter((version) => !/^\^?\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    for (const absent of ["private", "scripts", "devDependencies"])
      expect(manifest).not.toHaveProperty(absent);
  });

  test("carries the licence of everything that it contains", () => {
    const notices = textOf("THIRD_PARTY_NOTICES.md");
    const named = [...notices.matchAll(/^## (\S+) \d/gm)].map(([, name]) => name);
    expect(named).toEqual([
      "commander",
      "jsonc-parser",
      "oauth4webapi",
      "rolldown",
      "smol-toml",
      "tree-kill",
      "zod",
    ]);
    expect(notices.match(/Permission is hereby granted|Redistribution and use/g)).toHaveLength(named.length);
  });

  test("has the pages for users, and none for those who work in a clone", () => {
    const pages = files.filter((path) => /^docs\/.*\.md$/.test(path));
    const own = readdirSync(join(workspaceRoot(), "docs")).filter((name) => name.endsWith(".md"));
    expect(own.filter((name) => !pages.includes(`docs/${name}`))).toEqual([
      "benchmarks.md",
      "conformance.md",
    ]);
    const linked = pages.filter((path) => textOf("README.md").includes(`](${path})`));
    expect(linked).toEqual(pages);
  });

  test("has links that lead somewhere", () => {
    const pages = files.filter((path) => path.endsWith(".md"));
    const dead = pages.flatMap((page) =>
      [...textOf(page).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)]
        .map(([, target = ""]) => join(page, "..", target).replaceAll("\\", "/"))
        .filter((target) => !files.includes(target))
        .map((target) => `${page}: ${target}`),
    );
    expect(dead).toEqual([]);
  });

  test("has types that stand on their own, and are looked at", async () => {
    const compiler = join(workspaceRoot(), "node_modules", "typescript", "bin", "tsc");
    const { code, stdout } = await consumer.compile(compiler, consumer.example);
    expect([code, stdout]).toEqual([0, ""]);
    const wrong = consumer.example.replace('program: "cat"', "program: 7");
    expect((await consumer.compile(compiler, wrong)).stdout).toContain(
      "Type 'number' is not assignable to type 'string'",
    );
  });
});
