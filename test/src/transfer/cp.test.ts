import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type CommandResult, runCommand } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestHome, type TestHome } from "../servers/support/create-test-home.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { startTestExecutor } from "../servers/support/start-test-executor.js";

// `fairlead cp` between this machine and two executors; their homes are the folders that they wait in.
const stack = createDisposeStack();
let home: TestHome;
let far: string;
let other: string;
let count = 0;
beforeAll(async () => {
  const one = stack.use(await startTestExecutor());
  const two = stack.use(await startTestExecutor());
  [far = "", other = ""] = [one, two].map(({ url }) => dirname(url.replace("unix://", "")));
  home = stack.use(await createTestHome({ executors: { far: { url: one.url }, other: { url: two.url } } }));
});
afterAll(async () => stack[Symbol.asyncDispose]());

const cp = (args: readonly string[], input?: string | Uint8Array): Promise<CommandResult> =>
  home.fairlead(["cp", ...args], input === undefined ? {} : { input });
const here = (name: string): string => home.folder.file(name);
const fresh = (): string => `f${(count += 1)}`;

test("a file arrives as it is, with its mode, and comes back the same", async () => {
  const [name, content] = [fresh(), randomBytes(5 * 1024 * 1024)];
  await writeFile(here(name), content);
  await chmod(here(name), 0o640);
  const sent = await cp([name, "far:"]);
  expect(sent).toMatchObject({ code: 0, stderr: "" });
  expect(sent.stdout).toBe(`Copied ${here(name)} to far:${far}/${name}, 5.0 MiB\n`);
  expect((await readFile(join(far, name))).equals(content)).toBe(true);
  expect((await stat(join(far, name))).mode & 0o777).toBe(0o640);
  const [back, json] = [`${name}-back`, await cp([`far:${name}`, `${name}-back`, "--json"])];
  expect(JSON.parse(json.stdout)).toEqual({
    to: here(back),
    isFolder: false,
    copied: [{ from: `far:${far}/${name}`, to: here(back), sizeBytes: content.length }],
    skipped: [],
  });
  expect((await readFile(here(back))).equals(content)).toBe(true);
});

test("a file goes from one executor to another, under another name", async () => {
  const name = fresh();
  await writeFile(join(far, name), "from far");
  expect(await cp([`far:~/${name}`, `other:${other}/new-${name}`])).toMatchObject({ code: 0 });
  expect(await readFile(join(other, `new-${name}`), "utf8")).toBe("from far");
});

test("what comes from stdin is written, and what is read goes to stdout alone", async () => {
  const [name, bytes] = [fresh(), Buffer.from("a\0b\r\n\u{ff}")];
  expect(await cp(["-", `far:${name}`], bytes)).toMatchObject({ code: 0, stderr: "" });
  expect(await readFile(join(far, name))).toEqual(bytes);
  expect(await cp([`far:${name}`, "-"])).toMatchObject({ code: 0, stderr: "", stdout: bytes.toString() });
});

test.skipIf(process.platform === "win32")("a reader that leaves early ends the copy quietly", async () => {
  const name = fresh();
  await writeFile(join(far, name), randomBytes(5 * 1024 * 1024));
  const intoHead = '{ "$@"; echo "code $?" >&2; } | head -c 1 > /dev/null';
  const piped = await runCommand(["sh", "-c", intoHead, "sh", ...home.command("cp", `far:${name}`, "-")], {
    env: home.env,
    cwd: home.folder.path,
  });
  expect(piped.stderr).toBe("code 141\n");
});

test.skipIf(!existsSync("/dev/full"))(
  "a copy to a stdout that takes nothing fails, and is told once",
  async () => {
    const name = fresh();
    await writeFile(join(far, name), randomBytes(5 * 1024 * 1024));
    const full = await runCommand(
      ["sh", "-c", '"$@" > /dev/full', "sh", ...home.command("cp", `far:${name}`, "-")],
      { env: home.env, cwd: home.folder.path },
    );
    expect(full.stderr).toMatch(/^fairlead: the output cannot be written: ENOSPC.*\n$/);
    expect(full.code).toBe(1);
  },
);

describe("a folder", () => {
  test("is copied with everything in it, but for links, which are told", async () => {
    const name = fresh();
    await mkdir(join(far, name, "deep/empty"), { recursive: true });
    await writeFile(join(far, name, "a.txt"), "a");
    await writeFile(join(far, name, "deep/b c.txt"), "b");
    await symlink("a.txt", join(far, name, "link"));
    const copied = await cp(["-r", `far:${name}`, "."]);
    expect(copied).toMatchObject({ code: 0, stdout: `Copied 2 files to ${here(name)}, 2 B\n` });
    expect(copied.stderr).toContain("link was left out");
    expect(await readFile(here(`${name}/deep/b c.txt`), "utf8")).toBe("b");
    expect((await stat(here(`${name}/deep/empty`))).isDirectory()).toBe(true);
  });

  test("is not copied by accident", async () => {
    const name = fresh();
    await mkdir(here(name));
    const refused = await cp([name, "far:"]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("is a folder. --recursive copies it");
  });

  test("takes a file under its own name", async () => {
    const [name, folder] = [fresh(), fresh()];
    await mkdir(join(far, folder));
    await writeFile(here(name), "in");
    expect((await cp([name, `far:${folder}`])).code).toBe(0);
    expect(await readFile(join(far, folder, name), "utf8")).toBe("in");
  });
});

test("a file that is there stays, unless it is to be replaced", async () => {
  const name = fresh();
  await writeFile(here(name), "new");
  await writeFile(join(far, name), "old");
  const refused = await cp([name, "far:", "--json"]);
  expect(refused.code).toBe(5);
  expect(JSON.parse(refused.stderr)).toMatchObject({
    error: {
      code: "already_exists",
      message: expect.stringContaining("--force"),
      details: { reason: "file_exists" },
    },
  });
  expect(await readFile(join(far, name), "utf8")).toBe("old");
  expect((await cp([name, "far:", "--force"])).code).toBe(0);
  expect(await readFile(join(far, name), "utf8")).toBe("new");
});

test.each<[what: string, args: string[], code: number, says: string]>([
  ["an executor that there is not", ["a", "fra:"], 5, "fra"],
  ["a file that there is not", ["far:none", "."], 5, "none"],
  ["a file outside what the executor opens", ["far:/etc/hostname", "."], 3, "/etc/hostname"],
  ["both ends at once", ["-", "-"], 2, "One of the two"],
  ["stdin without a name", ["-", "far:"], 2, "needs the name of a file"],
])("%s is refused", async (_, args, code, says) => {
  const refused = await cp(args);
  expect(refused).toMatchObject({ code, stdout: "" });
  expect(refused.stderr).toContain(says);
});

test("search finds the file that cp takes", async () => {
  await mkdir(join(far, "src/deep"), { recursive: true });
  await writeFile(join(far, "src/deep/server.test.ts"), "");
  await writeFile(join(far, "src/other.ts"), "");
  const found = await home.fairlead(["search", "--executor", "far", "srvtest", "src"]);
  expect(found).toMatchObject({ code: 0, stderr: "", stdout: `${far}/src/deep/server.test.ts\n` });
  const nothing = await home.fairlead(["search", "--executor", "far", "qqq"]);
  expect(nothing).toMatchObject({ code: 0, stdout: "" });
  expect(nothing.stderr).toMatch(/^Nothing of \d+ files and folders fits\n$/);
});
