import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type CommandResult, runCommand, workspaceRoot } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codeBlocks } from "../readme/code-blocks.js";
import { outputOf } from "../servers/support/output-of.js";
import { findTools } from "./support/find-tools.js";
import { isInstalled, openRelease, type Release } from "./support/release.js";

// What is in the published package, and whether compilers and those who check packages find anything wrong with it.
const suite = "checks of the package";
const checkers = await findTools("checkers", suite);
const release: Release = await openRelease();
const project = release.folder.file("project");
const packageFolder = join(project, "node_modules", "fairlead");
await release.folder.write("project/package.json", '{ "private": true, "type": "module" }\n');
const wanted = [release.tarball, "@types/node@20"];
const canInstall = isInstalled(await release.npm(["install", ...wanted], { cwd: project }), suite);

afterAll(async () => release[Symbol.asyncDispose]());

const textOf = (path: string): string => readFileSync(join(packageFolder, path), "utf8");

describe.skipIf(!canInstall)("the package", () => {
  let files: readonly string[];
  beforeAll(() => {
    const entries = readdirSync(packageFolder, { recursive: true, encoding: "utf8" });
    files = entries
      .filter((path) => !path.startsWith("node_modules"))
      .filter((path) => statSync(join(packageFolder, path)).isFile());
  });

  test("holds what it says, and nothing else", () => {
    const folders = new Set(
      files.map((path) =>
        path
          .split("/")
          .slice(0, path.startsWith("dist") ? 2 : 1)
          .join("/"),
      ),
    );
    expect([...folders].toSorted()).toEqual([
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
    const code = files.filter((path) => /\.(?:js|ts|json)$/.test(path));
    const importing = /(?:from|import\(|require\()\s*["']@fairlead\//;
    expect(code.filter((path) => importing.test(textOf(path)))).toEqual([]);
    expect(files.filter((path) => textOf(path).includes(workspaceRoot()))).toEqual([]);
    const manifest = JSON.parse(textOf("package.json")) as Record<string, Record<string, string>>;
    const installed = { ...manifest["dependencies"], ...manifest["optionalDependencies"] };
    expect(Object.keys(installed).toSorted()).toEqual([
      "@grpc/grpc-js",
      "@grpc/proto-loader",
      "@grpc/reflection",
      "@lydell/node-pty",
      "@napi-rs/keyring",
      "grpc-health-check",
      "undici",
    ]);
    expect(Object.values(installed).filter((version) => !/^\^?\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    expect(manifest).not.toHaveProperty("private");
    expect(manifest).not.toHaveProperty("scripts");
  });

  test("carries the licence of everything that it contains", () => {
    const notices = textOf("THIRD_PARTY_NOTICES.md");
    const named = [...notices.matchAll(/^## (\S+) \d/gm)].map(([, name]) => name);
    expect(named).toEqual(["commander", "oauth4webapi", "rolldown", "smol-toml", "tree-kill", "zod"]);
    expect(notices.match(/Permission is hereby granted|Redistribution and use/g)).toHaveLength(named.length);
  });

  test("has links that lead somewhere", () => {
    const pages = files.filter((path) => path.endsWith(".md"));
    const dead = pages.flatMap((page) =>
      [...textOf(page).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)]
        .map(([, target = ""]) => join(page, "..", target))
        .filter((target) => !files.includes(target))
        .map((target) => `${page}: ${target}`),
    );
    expect(dead).toEqual([]);
  });

  describe.skipIf(checkers === undefined)("looked at by others", () => {
    const check = (program: string, ...args: string[]): Promise<CommandResult> =>
      runCommand([process.execPath, checkers?.[program] ?? "", ...args], {
        cwd: project,
        env: { ...process.env, NO_COLOR: "1" },
        timeoutMs: 120_000,
      });

    test("has nothing that publint finds", async () => {
      expect(outputOf(await check("publint", packageFolder, "--pack", "false", "--strict"))).toContain(
        "All good!",
      );
    });

    test("has types that are right in every way to resolve them", async () => {
      // ESM only: whoever uses require() gets it by Node's way to require modules, which this checker does not count.
      const rules = ["--ignore-rules", "cjs-resolves-to-esm"];
      expect(outputOf(await check("attw", release.tarball, ...rules))).toContain("No problems found");
    });
  });

  describe.each([
    ["ours", join(workspaceRoot(), "node_modules", "typescript", "bin", "tsc")],
    ["an older one", checkers?.["typescript"]],
  ])("for a compiler, %s", (_, compiler) => {
    const config = {
      compilerOptions: {
        strict: true,
        exactOptionalPropertyTypes: true,
        module: "NodeNext",
        target: "ES2022",
        lib: ["ES2023", "ESNext.Disposable"],
        skipLibCheck: false,
        noEmit: true,
      },
      include: ["*.ts"],
    };
    const compile = async (program: string): Promise<CommandResult> => {
      await release.folder.write("project/tsconfig.json", JSON.stringify(config));
      await release.folder.write("project/program.ts", program);
      return runCommand([process.execPath, compiler ?? "", "-p", project], { timeoutMs: 120_000 });
    };
    const page = readFileSync(join(workspaceRoot(), "docs", "library.md"), "utf8");
    const example = codeBlocks(page).find(({ language }) => language === "ts")?.text ?? "";
    const print = "function print(line: string): void { console.log(line); }\n";

    test.skipIf(compiler === undefined)("has types that stand on their own", async () => {
      const { code, stdout } = await compile(example + print);
      expect([code, stdout]).toEqual([0, ""]);
    });

    test.skipIf(compiler === undefined)("has types that are looked at", async () => {
      const wrong = example.replace('program: "cat"', "program: 7");
      expect((await compile(wrong + print)).stdout).toContain(
        "Type 'number' is not assignable to type 'string'",
      );
    });
  });
});
