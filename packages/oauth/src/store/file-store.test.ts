import { chmod, mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { isFairleadError } from "@fairlead/core";
import { describe, expect, test } from "vitest";
import type { Keyring } from "../keyring/keyring.js";
import { numberJudge } from "../lock/test-support/number-judge.js";
import type { NamespacedStore } from "./namespaced-store.js";
import { openCredentialStore } from "./open-credential-store.js";
import { canary, credentialOf } from "./test-support/credentials.js";
import { type TemporaryFolder, temporaryFolder } from "./test-support/temporary-folder.js";

const hasModes = process.platform !== "win32";

const forbiddenKeyring = new Proxy({} as Keyring, {
  get: () => {
    throw new Error("The keyring must not be touched");
  },
});

function open(folder: TemporaryFolder): Promise<NamespacedStore> {
  return openCredentialStore({
    setting: "file",
    folder: folder.file("credentials"),
    keyring: forbiddenKeyring,
    processes: numberJudge,
    warn: (text) => {
      throw new Error(`Nothing is to be warned of: ${text}`);
    },
  });
}

const pathIn = (folder: TemporaryFolder): string => folder.file("credentials/credentials.json");

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}

async function thrownBy(work: Promise<unknown>): Promise<string> {
  const thrown = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(isFairleadError(thrown)).toBe(true);
  return `${String(thrown)} ${JSON.stringify(thrown)}`;
}

describe("the file store", () => {
  test("keeps, finds, lists, replaces and removes credentials, without the keyring", async () => {
    await using folder = await temporaryFolder();
    const store = await open(folder);
    const one = credentialOf("one");
    const remote = credentialOf("one", { executor: "devbox", savedAtMs: 5 });
    expect(store.kind).toBe("file");
    expect(await store.read(one)).toEqual({ kind: "absent" });
    expect(await store.list()).toEqual({ kind: "found", value: [] });
    expect(await store.remove(one)).toBe(false);
    await store.write(one);
    await store.write(remote);
    expect(await store.read(one)).toEqual({ kind: "found", value: one });
    const again = await open(folder);
    expect(await again.read(remote)).toEqual({ kind: "found", value: remote });
    await again.write({ ...one, accessToken: "newer", refreshToken: undefined });
    expect(await store.list()).toMatchObject({ kind: "found", value: [remote, { accessToken: "newer" }] });
    expect(await store.read(one)).not.toHaveProperty("value.refreshToken");
    expect(await store.remove(one)).toBe(true);
    expect(await store.remove(one)).toBe(false);
    expect(await store.read(one)).toEqual({ kind: "absent" });
    expect(await store.read(remote)).toMatchObject({ kind: "found" });
  });

  test("finds the latest credential of a server, whoever issued it", async () => {
    await using folder = await temporaryFolder();
    const store = await open(folder);
    const server = { executor: "", serverUrl: "https://a.example/mcp" };
    expect(await store.find(server)).toEqual({ kind: "absent" });
    for (const [issuer, savedAtMs] of [
      ["https://x", 2],
      ["https://y", 3],
      ["https://z", 1],
    ] as const) {
      await store.write(credentialOf("a", { issuer, savedAtMs }));
    }
    expect(await store.find(server)).toMatchObject({ kind: "found", value: { issuer: "https://y" } });
    expect(await store.find({ ...server, executor: "devbox" })).toEqual({ kind: "absent" });
  });

  test("loses no write of many at once", async () => {
    await using folder = await temporaryFolder();
    const stores = await Promise.all([open(folder), open(folder)]);
    const names = Array.from({ length: 10 }, (_, index) => `server${index}`);
    await Promise.all(names.map(async (name, index) => stores[index % 2]?.write(credentialOf(name))));
    const listed = await stores[0]?.list();
    const found = listed?.kind === "found" ? listed.value.map(({ serverName }) => serverName) : [];
    expect(found.toSorted()).toEqual(names);
    expect(await readdir(folder.file("credentials/locks"))).toEqual([]);
  });

  test("keeps entries of other namespaces, counts them, and forgets one namespace alone", async () => {
    await using folder = await temporaryFolder();
    const store = await open(folder);
    await store.write(credentialOf("a"));
    const document = JSON.parse(await readFile(pathIn(folder), "utf8")) as { entries: unknown[] };
    document.entries.push({ namespace: "executor-token", executor: "x", token: "t" });
    await writeFile(pathIn(folder), JSON.stringify({ ...document, later: 1 }));
    await store.write(credentialOf("b"));
    expect(await store.namespaces()).toEqual({ kind: "found", value: { oauth: 2, "executor-token": 1 } });
    expect(await store.clear("oauth")).toBe(2);
    expect(await store.clear("oauth")).toBe(0);
    expect(JSON.parse(await readFile(pathIn(folder), "utf8"))).toEqual({
      version: 1,
      later: 1,
      entries: [{ namespace: "executor-token", executor: "x", token: "t" }],
    });
  });

  test("refuses what it could not read back, and keeps what is there", async () => {
    await using folder = await temporaryFolder();
    const store = await open(folder);
    await store.write(credentialOf("a"));
    const told = await thrownBy(store.write(credentialOf("a", { expiresAtMs: Number.NaN })));
    expect(told).toContain("expiresAtMs");
    expect(told).not.toContain(canary);
    expect(await store.read(credentialOf("a"))).toMatchObject({ kind: "found" });
  });
});

describe.skipIf(!hasModes)("the rights of the file", () => {
  test("are its owner's alone", async () => {
    await using folder = await temporaryFolder();
    await (await open(folder)).write(credentialOf("a"));
    expect(await modeOf(folder.file("credentials"))).toBe(0o700);
    expect(await modeOf(folder.file("credentials/locks"))).toBe(0o700);
    expect(await modeOf(pathIn(folder))).toBe(0o600);
    expect((await readdir(folder.file("credentials"))).toSorted()).toEqual(["credentials.json", "locks"]);
  });

  test("are tightened where they are too wide, by reading and by writing", async () => {
    await using folder = await temporaryFolder();
    const store = await open(folder);
    await store.write(credentialOf("a"));
    await chmod(pathIn(folder), 0o644);
    expect(await store.read(credentialOf("a"))).toMatchObject({ kind: "found" });
    expect(await modeOf(pathIn(folder))).toBe(0o600);
    await chmod(pathIn(folder), 0o666);
    await chmod(folder.file("credentials"), 0o755);
    await store.write(credentialOf("b"));
    expect(await modeOf(pathIn(folder))).toBe(0o600);
    expect(await modeOf(folder.file("credentials"))).toBe(0o700);
  });
});

describe("a file store that cannot be read", () => {
  test.each<[string, (path: string) => Promise<void>]>([
    ["is cut", (path) => truncate(path, 100)],
    ["is empty", (path) => truncate(path, 0)],
    ["is no JSON", (path) => writeFile(path, `{"accessToken": ${canary}`)],
    ["is not UTF-8", (path) => writeFile(path, Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))],
    ["is of a newer version", (path) => writeFile(path, `{"version":2,"sealed":"${canary}"}`)],
    [
      "has a damaged credential",
      (path) => writeFile(path, `{"version":1,"entries":[{"namespace":"oauth","accessToken":"${canary}"}]}`),
    ],
    ["is far too large", (path) => truncate(path, 17 * 1024 * 1024)],
  ])("because it %s is corrupt, and is never overwritten", async (_, damage) => {
    await using folder = await temporaryFolder();
    const store = await open(folder);
    await store.write(credentialOf("a"));
    await damage(pathIn(folder));
    const before = await readFile(pathIn(folder));
    const answers = [
      await store.read(credentialOf("a")),
      await store.find(credentialOf("a")),
      await store.list(),
      await store.namespaces(),
    ];
    expect(answers.map(({ kind }) => kind)).toEqual(["corrupt", "corrupt", "corrupt", "corrupt"]);
    expect(JSON.stringify(answers)).toContain(pathIn(folder));
    expect(JSON.stringify(answers)).not.toContain(canary);
    for (const work of [
      () => store.write(credentialOf("b")),
      () => store.remove(credentialOf("a")),
      () => store.clear("oauth"),
    ]) {
      const told = await thrownBy(work());
      expect(told).toContain(pathIn(folder));
      expect(told).not.toContain(canary);
    }
    expect(before.equals(await readFile(pathIn(folder)))).toBe(true);
  });

  test("because it is a folder is corrupt too", async () => {
    await using folder = await temporaryFolder();
    const store = await open(folder);
    await mkdir(pathIn(folder), { recursive: true });
    expect(await store.read(credentialOf("a"))).toMatchObject({ kind: "corrupt" });
    await thrownBy(store.write(credentialOf("a")));
  });

  test.skipIf(!hasModes)("because a link leads round in a circle is unavailable, not absent", async () => {
    await using folder = await temporaryFolder();
    const store = await open(folder);
    await mkdir(folder.file("credentials"));
    await symlink("credentials.json", pathIn(folder));
    expect(await store.read(credentialOf("a"))).toMatchObject({ kind: "unavailable" });
  });
});

describe("a write that fails", () => {
  test("because a file is where the folder should be tells so, without the secrets", async () => {
    await using folder = await temporaryFolder();
    await writeFile(folder.file("credentials"), "");
    const told = await thrownBy((await open(folder)).write(credentialOf("a")));
    expect(told).toContain(folder.file("credentials"));
    expect(told).not.toContain(canary);
  });

  test("leaves no temporary file, and those of a crash are swept", async () => {
    await using folder = await temporaryFolder();
    const store = await open(folder);
    await store.write(credentialOf("a"));
    await writeFile(folder.file("credentials/.credentials.json.0011223344556677.tmp"), canary);
    await writeFile(folder.file("credentials/mine.tmp"), "not theirs");
    await store.write(credentialOf("b"));
    expect((await readdir(folder.file("credentials"))).toSorted()).toEqual([
      "credentials.json",
      "locks",
      "mine.tmp",
    ]);
  });
});
