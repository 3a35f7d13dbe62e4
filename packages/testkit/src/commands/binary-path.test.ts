import { join } from "node:path";
import { expect, test } from "vitest";
import { createTempFolder } from "../files/temp-folder.js";
import { binaryCommand, binaryPath } from "./binary-path.js";
import { nodeModuleBinary } from "./node-module-binary.js";
import { workspaceRoot } from "./workspace-root.js";

test("takes what the environment names, relative to the checkout, before any package's bin", async () => {
  await using root = await createTempFolder();
  const built = await root.write("out/executor.js", "");
  const env = { FAIRLEAD_BIN_FAIRLEAD_EXECUTOR: "out/executor.js" };
  expect(binaryPath("fairlead-executor", { env, root: root.path })).toBe(built);
  const absolute = { FAIRLEAD_BIN_FAIRLEAD_EXECUTOR: built };
  expect(binaryPath("fairlead-executor", { env: absolute })).toBe(built);
});

test("finds the bin of a workspace package and starts scripts with this Node", async () => {
  await using root = await createTempFolder();
  await root.write("packages/a/package.json", '{"name":"a"}');
  await root.write("packages/b/package.json", '{"name":"@x/b","bin":{"tool":"./bin/tool.js"}}');
  const script = await root.write("packages/b/bin/tool.js", "");
  expect(binaryPath("tool", { env: {}, root: root.path })).toBe(script);
  expect(binaryCommand("tool", { env: {}, root: root.path })).toEqual([process.execPath, script]);
});

test("fails for an unknown name and for a program that was not built, never looking at PATH", async () => {
  await using root = await createTempFolder();
  await root.write("packages/b/package.json", '{"name":"b","bin":"./bin/b.js"}');
  const env = { PATH: process.env["PATH"] };
  expect(() => binaryPath("node", { env, root: root.path })).toThrow("No package under");
  expect(() => binaryPath("b", { env, root: root.path })).toThrow("Build it first");
});

test("finds a dependency's program although its exports hide package.json", async () => {
  await using root = await createTempFolder();
  const manifest = { name: "@x/tool", exports: { ".": "./main.js" }, bin: { one: "./1.js", tool: "./2.js" } };
  await root.write("node_modules/@x/tool/package.json", JSON.stringify(manifest));
  const one = await root.write("node_modules/@x/tool/1.js", "");
  const two = await root.write("node_modules/@x/tool/2.js", "");
  const fromFolder = join(root.path, "packages", "user");
  expect(nodeModuleBinary("@x/tool", { fromFolder })).toBe(two);
  expect(nodeModuleBinary("@x/tool", { fromFolder, binName: "one" })).toBe(one);
  expect(() => nodeModuleBinary("@x/tool", { fromFolder, binName: "three" })).toThrow("it has: one, tool");
  expect(() => nodeModuleBinary("@x/absent", { fromFolder })).toThrow("is not installed");
});

test("finds a dependency of a real workspace package", () => {
  const fromFolder = join(workspaceRoot(), "packages", "testkit");
  expect(nodeModuleBinary("vitest", { fromFolder })).toMatch(/vitest\.mjs$/);
});
