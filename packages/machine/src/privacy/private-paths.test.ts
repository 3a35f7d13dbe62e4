import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  foldersDownTo,
  keepFolderPrivate,
  lookAtPrivacy,
  makePrivate,
  makePrivateFolder,
} from "./private-paths.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fl priv-"));
});
afterEach(() => rm(folder, { recursive: true }));

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

describe.skipIf(process.platform === "win32")("what is private by its mode", () => {
  test.each([0o600, 0o400, 0o700])("is a file of mode %i", async (mode) => {
    const path = join(folder, "file");
    await writeFile(path, "");
    await chmod(path, mode);
    expect(await lookAtPrivacy(path)).toEqual({ kind: "private" });
  });

  test.each([0o640, 0o604, 0o622, 0o601])("is no file of mode %i, until it is closed", async (mode) => {
    const path = join(folder, "file");
    await writeFile(path, "");
    await chmod(path, mode);
    const how = `mode 0${mode.toString(8)}`;
    expect(await lookAtPrivacy(path)).toEqual({ kind: "open", how, remedy: `chmod 600 '${path}'` });
    await makePrivate(path);
    expect(await modeOf(path)).toBe(0o600);
    expect(await lookAtPrivacy(path)).toEqual({ kind: "private" });
  });

  test("is a folder that we made, and one of somebody else when we need it so", async () => {
    await makePrivateFolder(join(folder, "a", "b"));
    expect([await modeOf(join(folder, "a")), await modeOf(join(folder, "a", "b"))]).toEqual([0o700, 0o700]);
    const open = join(folder, "open");
    await mkdir(open);
    await chmod(open, 0o755);
    await makePrivateFolder(open);
    expect(await modeOf(open)).toBe(0o755);
    expect(await lookAtPrivacy(open)).toMatchObject({ kind: "open", remedy: `chmod 700 '${open}'` });
    expect(await keepFolderPrivate(open)).toBeUndefined();
    expect(await modeOf(open)).toBe(0o700);
  });

  test("is what is not there", async () => {
    expect(await lookAtPrivacy(join(folder, "none"))).toEqual({ kind: "private" });
  });
});

test.each([
  ["C:\\a\\b\\c", "C:\\a\\b", ["C:\\a\\b", "C:\\a\\b\\c"]],
  ["c:\\A\\b", "\\\\?\\C:\\a\\b", ["c:\\A\\b"]],
  ["C:\\a\\b", "C:\\a", ["C:\\a", "C:\\a\\b"]],
  ["C:\\a\\bc", "C:\\a\\b", ["C:\\a\\bc"]],
])("of %s, made from %s on, no folder above is closed", (path, first, folders) => {
  expect(foldersDownTo(path, first)).toEqual(folders);
});
