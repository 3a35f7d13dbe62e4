import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { numberJudge } from "../lock/test-support/number-judge.js";
import type { NamespacedStore } from "./namespaced-store.js";
import { type CredentialStoreSetting, openCredentialStore } from "./open-credential-store.js";
import { canary, credentialOf } from "./test-support/credentials.js";
import { createMemoryKeyring, type MemoryKeyring } from "./test-support/memory-keyring.js";
import { type TemporaryFolder, temporaryFolder } from "./test-support/temporary-folder.js";

function open(
  folder: TemporaryFolder,
  keyring: MemoryKeyring,
  setting: CredentialStoreSetting = "encrypted",
): Promise<NamespacedStore> {
  return openCredentialStore({
    setting,
    folder: folder.path,
    keyring,
    processes: numberJudge,
    warn: (text) => {
      throw new Error(`Nothing is to be warned of: ${text}`);
    },
  });
}

const sealedName = "credentials.sealed.json";

async function filesIn(folder: TemporaryFolder): Promise<string[]> {
  return (await readdir(folder.path)).filter((name) => name !== "locks").toSorted();
}

describe("the encrypted store", () => {
  test.each(["encrypted", "keyring"] as const)(
    "named %s keeps one key in the keyring, and nothing readable in the file",
    async (setting) => {
      await using folder = await temporaryFolder();
      const keyring = createMemoryKeyring();
      const store = await open(folder, keyring, setting);
      expect(store.kind).toBe("encrypted");
      await store.write(credentialOf("a"));
      await store.write(credentialOf("b"));
      expect(keyring.items.size).toBe(1);
      expect(await filesIn(folder)).toEqual([sealedName]);
      const text = await readFile(folder.file(sealedName), "utf8");
      for (const hidden of [canary, Buffer.from(canary).toString("base64").slice(0, 16), "example"]) {
        expect(text).not.toContain(hidden);
      }
      expect(await (await open(folder, keyring)).read(credentialOf("b"))).toEqual({
        kind: "found",
        value: credentialOf("b"),
      });
    },
  );

  test("asks the keyring for its key once per process", async () => {
    await using folder = await temporaryFolder();
    const keyring = createMemoryKeyring();
    await (await open(folder, keyring)).write(credentialOf("a"));
    const store = await open(folder, keyring);
    keyring.calls.length = 0;
    for (let times = 0; times < 3; times += 1) await store.read(credentialOf("a"));
    await store.write(credentialOf("a"));
    expect(keyring.calls).toEqual([expect.stringMatching(/^get credentials-key-/)]);
  });

  test("is unavailable, not absent, while the keyring is, and becomes no other store", async () => {
    await using folder = await temporaryFolder();
    const keyring = createMemoryKeyring();
    keyring.failure = "it is locked";
    const empty = await open(folder, keyring);
    expect(await empty.read(credentialOf("a"))).toMatchObject({ kind: "unavailable" });
    await expect(empty.write(credentialOf("a"))).rejects.toMatchObject({
      code: "unavailable",
      reason: "credentials_unavailable",
      message: expect.stringContaining("it is locked") as string,
    });
    expect(await filesIn(folder)).toEqual([]);
    keyring.failure = undefined;
    await empty.write(credentialOf("a"));
    keyring.failure = "it is locked";
    const store = await open(folder, keyring);
    expect(await store.read(credentialOf("a"))).toMatchObject({
      kind: "unavailable",
      reason: "The keyring cannot be used: it is locked",
    });
    await expect(store.write(credentialOf("b"))).rejects.toMatchObject({ code: "unavailable" });
    await expect(store.remove(credentialOf("a"))).rejects.toMatchObject({ code: "unavailable" });
    keyring.failure = undefined;
    expect(await store.list()).toEqual({ kind: "found", value: [credentialOf("a")] });
  });

  test("switched off is unavailable if it was named", async () => {
    await using folder = await temporaryFolder();
    const keyring = createMemoryKeyring();
    const store = await openCredentialStore({
      setting: "keyring",
      folder: folder.path,
      keyring,
      processes: numberJudge,
      warn: () => {},
      isKeyringDisabled: true,
    });
    expect(await store.read(credentialOf("a"))).toMatchObject({ kind: "unavailable" });
    expect(keyring.calls).toEqual([]);
  });
});

describe("a sealed file whose key is gone", () => {
  test("asks for a new login, which keeps the old ciphertext aside and takes a key of another name", async () => {
    await using folder = await temporaryFolder();
    const keyring = createMemoryKeyring();
    await (await open(folder, keyring)).write(credentialOf("old"));
    const [oldItem] = [...keyring.items];
    const oldText = await readFile(folder.file(sealedName), "utf8");
    keyring.items.clear();
    const store = await open(folder, keyring);
    expect(await store.read(credentialOf("old"))).toMatchObject({
      kind: "corrupt",
      reason: expect.stringContaining("Log in again") as string,
    });
    await expect(store.remove(credentialOf("old"))).rejects.toMatchObject({ code: "unavailable" });
    expect(await filesIn(folder)).toEqual([sealedName]);
    await store.write(credentialOf("new"));
    expect(await store.list()).toEqual({ kind: "found", value: [credentialOf("new")] });
    expect(keyring.items.has(oldItem?.[0] ?? "")).toBe(false);
    const [, aside = ""] = await filesIn(folder);
    expect(aside).toBe(`${sealedName}.lost-${oldItem?.[0].slice(-16)}`);
    expect(await readFile(folder.file(aside), "utf8")).toBe(oldText);
    // The keyring that has the old key comes back: what was put aside can be read with it.
    keyring.items.set(...(oldItem ?? ["", ""]));
    await writeFile(folder.file(sealedName), oldText);
    expect(await (await open(folder, keyring)).list()).toEqual({
      kind: "found",
      value: [credentialOf("old")],
    });
  });

  test("is only unavailable while nothing can be kept in the keyring either", async () => {
    await using folder = await temporaryFolder();
    const keyring = createMemoryKeyring();
    await (await open(folder, keyring)).write(credentialOf("a"));
    const text = await readFile(folder.file(sealedName), "utf8");
    const notReady = createMemoryKeyring();
    const store = await open(folder, {
      ...notReady,
      probe: async () => ({ kind: "unavailable", reason: "no collection" }),
    });
    expect(await store.read(credentialOf("a"))).toMatchObject({ kind: "unavailable" });
    await expect(store.write(credentialOf("b"))).rejects.toMatchObject({ code: "unavailable" });
    expect(await readFile(folder.file(sealedName), "utf8")).toBe(text);
  });
});

describe("a sealed file that was changed", () => {
  test.each<[string, (text: string) => string]>([
    ["cut", (text) => text.slice(0, 80)],
    [
      "changed in its middle",
      (text) => text.replace(/"sealed": "(.)/, (_, first) => `"sealed": "${first === "A" ? "B" : "A"}`),
    ],
    ["of a newer version", (text) => text.replace('"version": 1', '"version": 9')],
    ["no JSON", () => canary],
  ])("so that it is %s is corrupt, and is never overwritten", async (_, change) => {
    await using folder = await temporaryFolder();
    const keyring = createMemoryKeyring();
    const store = await open(folder, keyring);
    await store.write(credentialOf("a"));
    const changed = change(await readFile(folder.file(sealedName), "utf8"));
    await writeFile(folder.file(sealedName), changed);
    const answer = await store.read(credentialOf("a"));
    expect(answer.kind).toBe("corrupt");
    expect(JSON.stringify(answer)).not.toContain(canary);
    await expect(store.write(credentialOf("b"))).rejects.toMatchObject({ code: "usage" });
    expect(await readFile(folder.file(sealedName), "utf8")).toBe(changed);
    expect(keyring.items.size).toBe(1);
  });

  test("is corrupt too if the keyring's item is no key", async () => {
    await using folder = await temporaryFolder();
    const keyring = createMemoryKeyring();
    await (await open(folder, keyring)).write(credentialOf("a"));
    for (const account of keyring.items.keys()) keyring.items.set(account, canary);
    const store = await open(folder, keyring);
    const answer = await store.read(credentialOf("a"));
    expect(answer.kind).toBe("corrupt");
    expect(JSON.stringify(answer)).not.toContain(canary);
    await expect(store.write(credentialOf("b"))).rejects.toMatchObject({ code: "usage" });
    expect([...keyring.items.values()]).toEqual([canary]);
  });

  test("is absent when somebody deleted it", async () => {
    await using folder = await temporaryFolder();
    const keyring = createMemoryKeyring();
    const store = await open(folder, keyring);
    await store.write(credentialOf("a"));
    await rm(folder.file(sealedName));
    expect(await store.read(credentialOf("a"))).toEqual({ kind: "absent" });
  });
});

describe("a keyring that forgets what it is given", () => {
  test("gets no store", async () => {
    await using folder = await temporaryFolder();
    const keyring = { ...createMemoryKeyring(), set: async () => ({ kind: "done" as const }) };
    const store = await open(folder, keyring);
    await expect(store.write(credentialOf("a"))).rejects.toMatchObject({ code: "unavailable" });
    expect(await filesIn(folder)).toEqual([]);
  });
});
