import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fixtureServerPath, workspaceRoot } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { outputOf } from "../servers/support/output-of.js";
import { type BareRoot, canMakeBareRoots, createBareRoot } from "./support/bare-root.js";
import { isInstalled, openRelease, type Release } from "./support/release.js";

// The published package on a machine with Node and nothing else: no shell, no git, no compiler, no package with native parts.
const suite = "the package in a bare root";
const release = (await canMakeBareRoots(suite)) ? await openRelease() : undefined;
const canInstall = release !== undefined && (await install(release));

/** Nothing may run at the installation, such as a compiler; npm 11 ignores `omit` for a global one from an archive. */
async function install({ npm, folder, tarball }: Release): Promise<boolean> {
  await folder.write("bare/package.json", '{ "private": true }\n');
  const args = ["install", "--omit=optional", "--ignore-scripts", tarball];
  return isInstalled(await npm(args, { cwd: folder.file("bare") }), suite);
}

describe.skipIf(!canInstall)("without anything but Node", () => {
  const stack = createDisposeStack();
  let root: BareRoot;
  beforeAll(async () => {
    root = stack.use(await createBareRoot());
    await root.add(release?.folder.file("bare/node_modules") ?? "", "app/node_modules");
    await root.add(join(fixtureServerPath, ".."), "servers");
    const program = join(workspaceRoot(), "test/src/packaging/fixtures/embedding-program.mjs");
    await root.add(program, "app/embedding-program.mjs");
  });
  afterAll(async () => {
    await stack[Symbol.asyncDispose]();
    await release?.[Symbol.asyncDispose]();
  });

  const fairlead = async (...args: string[]): Promise<string> =>
    outputOf(await root.node("/app/node_modules/fairlead/bin/fairlead.js", ...args));

  test("the root is bare", () => {
    expect(readdirSync(root.folder.path).toSorted()).toEqual(
      expect.arrayContaining(["app", "dev", "home", "lib", "node", "proc", "servers", "tmp"]),
    );
    for (const absent of ["bin", "usr", "etc", "app/node_modules/@lydell", "app/node_modules/@napi-rs"]) {
      expect(() => readdirSync(root.folder.file(absent))).toThrow("ENOENT");
    }
  });

  test("the programs start", async () => {
    expect(await fairlead("--version")).toMatch(/^\d+\.\d+\.\d+\n$/);
    await fairlead("list");
  });

  test("a server is added and called, and nothing of it stays", async () => {
    const added = await fairlead("add", "tiny", "--", "/node/node", "/servers/stdio-server.mjs");
    expect(added).toMatch(/^Added tiny on local: \d+ tools$/m);
    expect(await fairlead("call", "tiny", "echo", '{"text": "hello"}')).toContain("hello");
  });

  test("a program runs, and comes to its own end", async () => {
    expect(await fairlead("run", "--", "node", "-p", "6 * 7")).toBe("42\n");
  });

  test("the library runs programs, and says that there are no terminals", async () => {
    const told = outputOf(await root.node("/app/embedding-program.mjs"));
    expect(JSON.parse(told)).toEqual({ output: "hello\n", code: 0, terminal: "feature_missing" });
  });
});
