import { readdir, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { numberJudge } from "../lock/test-support/number-judge.js";
import type { NamespacedStore } from "./namespaced-store.js";
import { type CredentialStoreSetting, openCredentialStore } from "./open-credential-store.js";
import { credentialOf } from "./test-support/credentials.js";
import { createMemoryKeyring, type MemoryKeyring } from "./test-support/memory-keyring.js";
import { type TemporaryFolder, temporaryFolder } from "./test-support/temporary-folder.js";

async function open(
  setting: CredentialStoreSetting,
  folder: TemporaryFolder,
  keyring: MemoryKeyring,
): Promise<NamespacedStore> {
  const options = { folder: folder.path, keyring, processes: numberJudge, warn: () => {} };
  // Forgets what `auto` chose before.
  await openCredentialStore({ setting: "file", ...options });
  return openCredentialStore({ setting, ...options });
}

const away = "it is locked";
const unavailable = { code: "unavailable", reason: "credentials_unavailable" };
const corrupt = { code: "usage", reason: "credentials_unavailable" };
const allSettings: readonly CredentialStoreSetting[] = ["auto", "encrypted", "file", "keyring-direct"];

describe("whether a credential can be kept is told before there is one", () => {
  test.each(allSettings)(
    "%s says yes where it is empty, and where it has some, and writes nothing",
    async (setting) => {
      await using folder = await temporaryFolder();
      const store = await open(setting, folder, createMemoryKeyring());
      await store.checkWritable();
      expect(await readdir(folder.path)).toEqual([]);
      await store.write(credentialOf("a"));
      await store.checkWritable();
    },
  );

  test.each(["encrypted", "keyring-direct"] as const)(
    "%s says no while the keyring is away",
    async (setting) => {
      await using folder = await temporaryFolder();
      const keyring = createMemoryKeyring();
      keyring.failure = away;
      const empty = await open(setting, folder, keyring);
      await expect(empty.checkWritable()).rejects.toMatchObject(unavailable);
      await expect(empty.write(credentialOf("a"))).rejects.toMatchObject(unavailable);
    },
  );

  test.each(["auto", "encrypted"] as const)(
    "%s says no while what is sealed cannot be opened",
    async (setting) => {
      await using folder = await temporaryFolder();
      const keyring = createMemoryKeyring();
      await (await open(setting, folder, keyring)).write(credentialOf("a"));
      keyring.failure = away;
      const store = await open(setting, folder, keyring);
      await expect(store.checkWritable()).rejects.toMatchObject(unavailable);
    },
  );

  test.each([
    ["file", "credentials.json"],
    ["encrypted", "credentials.sealed.json"],
  ] as const)("%s says no where its file is damaged", async (setting, name) => {
    await using folder = await temporaryFolder();
    await writeFile(folder.file(name), "{");
    const store = await open(setting, folder, createMemoryKeyring());
    await expect(store.checkWritable()).rejects.toMatchObject(corrupt);
    await expect(store.write(credentialOf("a"))).rejects.toMatchObject(corrupt);
  });

  test("a sealed file whose key is gone for good is no obstacle, since a login replaces it", async () => {
    await using folder = await temporaryFolder();
    const keyring = createMemoryKeyring();
    await (await open("encrypted", folder, keyring)).write(credentialOf("a"));
    keyring.items.clear();
    const store = await open("encrypted", folder, keyring);
    await expect(store.checkWritable()).resolves.toBeUndefined();
    await expect(store.write(credentialOf("b"))).resolves.toBeUndefined();
  });

  test("auto, which keeps in the sealed file, does not mind a damaged plain one", async () => {
    await using folder = await temporaryFolder();
    const keyring = createMemoryKeyring();
    await (await open("auto", folder, keyring)).write(credentialOf("a"));
    await writeFile(folder.file("credentials.json"), "{");
    const store = await open("auto", folder, keyring);
    await expect(store.checkWritable()).resolves.toBeUndefined();
    await expect(store.write(credentialOf("b"))).resolves.toBeUndefined();
  });
});
