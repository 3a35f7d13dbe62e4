import { writeFileSync } from "node:fs";
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { addServer } from "./config-edits.js";
import { editConfigFile } from "./edit-config-file.js";

/** A home folder that is gone after the test. */
async function createHome(): Promise<{ home: string; file: string } & AsyncDisposable> {
  const home = await mkdtemp(join(tmpdir(), "fairlead-config-"));
  return {
    home,
    file: join(home, "config.toml"),
    [Symbol.asyncDispose]: () => rm(home, { recursive: true }),
  };
}

const addX = (text: string): string => addServer(text, "x", { command: "x" });
const onlyX = '[mcp_servers.x]\ncommand = "x"\n';

test("makes a missing file, readable by its owner alone", async () => {
  await using place = await createHome();
  expect(await editConfigFile(place.home, addX)).toEqual({ file: place.file, changed: true });
  expect(await readFile(place.file, "utf8")).toBe(onlyX);
  expect((await stat(place.file)).mode & 0o777).toBe(0o600);
  expect(await readdir(place.home)).toEqual(["config.toml"]);
});

test("keeps the mode of the file", async () => {
  await using place = await createHome();
  await writeFile(place.file, "# mine\n");
  await chmod(place.file, 0o664);
  await editConfigFile(place.home, addX);
  expect((await stat(place.file)).mode & 0o777).toBe(0o664);
  expect(await readFile(place.file, "utf8")).toBe(`# mine\n\n${onlyX}`);
});

test.skipIf(process.platform === "win32")(
  "takes a text with secrets away from everybody but its owner",
  async () => {
    await using place = await createHome();
    await writeFile(place.file, "# mine\n");
    await chmod(place.file, 0o644);
    const edited = { file: place.file, changed: true };
    expect(await editConfigFile(place.home, addX, { isPrivate: true })).toEqual({
      ...edited,
      madePrivate: true,
    });
    expect((await stat(place.file)).mode & 0o777).toBe(0o600);
    const addY = (text: string): string => addServer(text, "y", { command: "y" });
    expect(await editConfigFile(place.home, addY, { isPrivate: true })).toEqual(edited);
  },
);

test("writes through a chain of links and leaves them links", async () => {
  await using place = await createHome();
  const dotfiles = join(place.home, "dotfiles");
  await mkdir(dotfiles);
  await writeFile(join(dotfiles, "real.toml"), "");
  await symlink("real.toml", join(dotfiles, "link.toml"));
  await symlink(join("dotfiles", "link.toml"), place.file);
  await editConfigFile(place.home, addX);
  expect((await lstat(place.file)).isSymbolicLink()).toBe(true);
  expect(await readFile(join(dotfiles, "real.toml"), "utf8")).toBe(onlyX);
  expect(await readdir(dotfiles)).toEqual(["link.toml", "real.toml"]);
});

test("makes the file that a link leads to, where it does not exist yet", async () => {
  await using place = await createHome();
  await symlink("elsewhere.toml", place.file);
  await editConfigFile(place.home, addX);
  expect((await lstat(place.file)).isSymbolicLink()).toBe(true);
  expect(await readFile(join(place.home, "elsewhere.toml"), "utf8")).toBe(onlyX);
});

test("refuses a circle of links", async () => {
  await using place = await createHome();
  await symlink("config.toml", place.file);
  await expect(editConfigFile(place.home, addX)).rejects.toMatchObject({
    code: "usage",
    message: `${place.file} cannot be followed to a file (ELOOP)`,
  });
});

test("refuses to touch a file that is not valid TOML", async () => {
  await using place = await createHome();
  await writeFile(place.file, "a = \n");
  await expect(editConfigFile(place.home, addX)).rejects.toMatchObject({
    code: "usage",
    reason: "config_invalid",
    message: expect.stringContaining(`${place.file}:1:5 is not valid TOML`),
  });
  expect(await readFile(place.file, "utf8")).toBe("a = \n");
});

test("refuses to write what is not valid TOML", async () => {
  await using place = await createHome();
  await writeFile(place.file, "a = 1\n");
  await expect(editConfigFile(place.home, (text) => `${text}[`)).rejects.toThrow("after the edit");
  expect(await readFile(place.file, "utf8")).toBe("a = 1\n");
  expect(await readdir(place.home)).toEqual(["config.toml"]);
});

test("refuses a file that is not UTF-8, which it could not write back as it was", async () => {
  await using place = await createHome();
  await writeFile(place.file, Buffer.from([0x23, 0xff, 0x0a]));
  await expect(editConfigFile(place.home, addX)).rejects.toThrow("is not UTF-8");
  expect([...(await readFile(place.file))]).toEqual([0x23, 0xff, 0x0a]);
});

test("leaves the file alone where the edit changes nothing or fails", async () => {
  await using place = await createHome();
  expect(await editConfigFile(place.home, (text) => text)).toEqual({ file: place.file, changed: false });
  await expect(
    editConfigFile(place.home, () => {
      throw new Error("no");
    }),
  ).rejects.toThrow("no");
  expect(await readdir(place.home)).toEqual([]);
});

test("says so where the folder cannot be written", async () => {
  await using place = await createHome();
  await expect(editConfigFile(join(place.home, "gone"), addX)).rejects.toMatchObject({
    code: "usage",
    message: `${join(place.home, "gone", "config.toml")} could not be written (ENOENT); it is unchanged`,
  });
});

test("makes the edit again on what somebody else wrote meanwhile", async () => {
  await using place = await createHome();
  await writeFile(place.file, "# one\n");
  let calls = 0;
  await editConfigFile(place.home, (text) => {
    calls++;
    if (calls === 1) writeFileSync(place.file, "# two\n");
    return addX(text);
  });
  expect(calls).toBe(2);
  expect(await readFile(place.file, "utf8")).toBe(`# two\n\n${onlyX}`);
});

test("gives up on a file that never rests, and leaves no trace", async () => {
  await using place = await createHome();
  let calls = 0;
  const editing = editConfigFile(place.home, (text) => {
    writeFileSync(place.file, `# ${++calls}\n`);
    return addX(text);
  });
  await expect(editing).rejects.toMatchObject({ code: "unavailable", effect: "none" });
  expect(await readFile(place.file, "utf8")).toBe(`# ${calls}\n`);
  expect(await readdir(place.home)).toEqual(["config.toml"]);
});

test("ten edits at once in one process are all there in the end", async () => {
  await using place = await createHome();
  const names = Array.from({ length: 10 }, (_, index) => `s${index}`);
  await Promise.all(
    names.map((name) => editConfigFile(place.home, (text) => addServer(text, name, { command: name }))),
  );
  const text = await readFile(place.file, "utf8");
  expect(names.filter((name) => !text.includes(`[mcp_servers.${name}]`))).toEqual([]);
});

test("a lock that a dead process left is broken, by one of all who wait", async () => {
  await using place = await createHome();
  const lock = `${place.file}.lock`;
  await writeFile(lock, "");
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(lock, longAgo, longAgo);
  await Promise.all(
    ["a", "b", "c"].map((name) =>
      editConfigFile(place.home, (text) => addServer(text, name, { command: name })),
    ),
  );
  const text = await readFile(place.file, "utf8");
  expect(text.match(/^\[.*\]$/gm)?.toSorted()).toEqual([
    "[mcp_servers.a]",
    "[mcp_servers.b]",
    "[mcp_servers.c]",
  ]);
  expect(await readdir(place.home)).toEqual(["config.toml"]);
});
