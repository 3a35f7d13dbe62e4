import { readFile, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { numberJudge } from "../lock/test-support/number-judge.js";
import { createPlainFile } from "./document-file.js";
import { createDocumentStore } from "./document-store.js";
import { migrateCredentials } from "./migrate.js";
import type { NamespacedStore } from "./namespaced-store.js";
import { openCredentialStore } from "./open-credential-store.js";
import { canary, credentialOf } from "./test-support/credentials.js";
import { createMemoryKeyring, type MemoryKeyring } from "./test-support/memory-keyring.js";
import { type TemporaryFolder, temporaryFolder } from "./test-support/temporary-folder.js";

/** Opens `auto` as another process would, which has chosen nothing yet. */
async function openAuto(
  folder: TemporaryFolder,
  keyring: MemoryKeyring,
  more: { readonly isKeyringDisabled?: boolean; readonly warn?: (text: string) => void } = {},
): Promise<NamespacedStore> {
  const options = { folder: folder.path, keyring, processes: numberJudge, warn: () => {}, ...more };
  await openCredentialStore({ setting: "file", ...options });
  return openCredentialStore({ setting: "auto", ...options });
}

function away(): MemoryKeyring {
  const keyring = createMemoryKeyring();
  keyring.failure = "there is no bus";
  return keyring;
}

/** What the plain file still shows. */
async function plainText(folder: TemporaryFolder): Promise<string> {
  return readFile(folder.file("credentials.json"), "utf8").catch(() => "");
}

describe("two processes of auto, of which one has the keyring", () => {
  test("see each other's logins, or are told why not", async () => {
    await using folder = await temporaryFolder();
    const without = await openAuto(folder, away());
    await without.write(credentialOf("a"));
    const having = await openAuto(folder, createMemoryKeyring());
    expect(await having.find(credentialOf("a"))).toEqual({ kind: "found", value: credentialOf("a") });
    expect(await plainText(folder)).not.toContain(canary);

    const reason = expect.stringMatching(
      /^The keyring cannot be used: there is no bus\. .*credentials\.sealed\.json.* set oauth_credentials_store = "file" and log in again$/,
    ) as string;
    expect(without.kind).toBe("encrypted");
    expect(await without.read(credentialOf("a"))).toEqual({ kind: "unavailable", reason });
    expect(await without.list()).toEqual({ kind: "unavailable", reason });
    await expect(without.write(credentialOf("b"))).rejects.toMatchObject({
      code: "unavailable",
      reason: "credentials_unavailable",
    });
    await expect(without.remove(credentialOf("a"))).rejects.toMatchObject({ code: "unavailable" });
    expect(await plainText(folder)).not.toContain(canary);
    expect(await having.list()).toEqual({ kind: "found", value: [credentialOf("a")] });
  });

  test("have one logout", async () => {
    await using folder = await temporaryFolder();
    const keyring = createMemoryKeyring();
    const having = await openAuto(folder, keyring);
    await having.write(credentialOf("a"));
    // As a version left it that kept a second place.
    const named = await openCredentialStore({
      setting: "file",
      folder: folder.path,
      keyring,
      processes: numberJudge,
      warn: () => {},
    });
    await named.write(credentialOf("a", { accessToken: `${canary}-older`, savedAtMs: 1 }));
    expect(await having.remove(credentialOf("a"))).toBe(true);
    expect(await having.list()).toEqual({ kind: "found", value: [] });
    expect(await having.remove(credentialOf("a"))).toBe(false);
    expect(await plainText(folder)).not.toContain(canary);
  });

  test("keep the newer one of two logins that a former version kept in two places", async () => {
    await using folder = await temporaryFolder();
    const keyring = createMemoryKeyring();
    const having = await openAuto(folder, keyring);
    await having.write(credentialOf("a"));
    const named = await openCredentialStore({
      setting: "file",
      folder: folder.path,
      keyring,
      processes: numberJudge,
      warn: () => {},
    });
    await named.write(credentialOf("a", { accessToken: "newer", savedAtMs: 2_000 }));
    expect(await having.read(credentialOf("a"))).toMatchObject({ value: { accessToken: "newer" } });
    expect(await named.list()).toEqual({ kind: "found", value: [] });
  });

  test("lose nothing while the keyring is away for both", async () => {
    await using folder = await temporaryFolder();
    const keyring = createMemoryKeyring();
    await (await openAuto(folder, keyring)).write(credentialOf("a"));
    keyring.failure = "it is locked";
    const later = await openAuto(folder, keyring);
    expect(await later.read(credentialOf("a"))).toMatchObject({ kind: "unavailable" });
    keyring.failure = undefined;
    expect(await later.read(credentialOf("a"))).toMatchObject({ kind: "found" });
  });
});

test("a leftover file that is broken hides no login of the sealed one, and is told once", async () => {
  await using folder = await temporaryFolder();
  const keyring = createMemoryKeyring();
  await (await openAuto(folder, keyring)).write(credentialOf("a"));
  await writeFile(folder.file("credentials.json"), "{ broken", { mode: 0o600 });
  const warnings: string[] = [];
  const store = await openAuto(folder, keyring, { warn: (text) => void warnings.push(text) });
  const problem = expect.stringContaining("credentials.json") as string;
  const answer = { kind: "found", value: [credentialOf("a")], problem };
  expect(await store.list()).toEqual(answer);
  expect(await store.list()).toEqual(answer);
  expect(warnings).toEqual([problem]);
  expect(await readFile(folder.file("credentials.json"), "utf8")).toBe("{ broken");
});

test("a leftover file that is broken keeps no logout from the sealed one, and what to do with it is told once", async () => {
  await using folder = await temporaryFolder();
  const keyring = createMemoryKeyring();
  await (await openAuto(folder, keyring)).write(credentialOf("a"));
  await (await openAuto(folder, keyring)).write(credentialOf("b"));
  await writeFile(folder.file("credentials.json"), "{ broken", { mode: 0o600 });
  const warnings: string[] = [];
  const store = await openAuto(folder, keyring, { warn: (text) => void warnings.push(text) });
  expect(await store.remove(credentialOf("a"))).toBe(true);
  expect(await store.remove(credentialOf("a"))).toBe(false);
  const problem = expect.stringContaining("credentials.json") as string;
  expect(await store.namespaces()).toEqual({ kind: "found", value: { oauth: 1 }, problem });
  expect(await store.clear("oauth")).toBe(1);
  expect(await store.read(credentialOf("b"))).toMatchObject({ kind: "corrupt" });
  const told = expect.stringMatching(
    /credentials\.json .*Mend the file, or remove it and log in again$/,
  ) as string;
  expect(warnings).toEqual([told]);
  expect(await readFile(folder.file("credentials.json"), "utf8")).toBe("{ broken");
});

test("auto with the keyring switched off tells of what is sealed, and opens no second place", async () => {
  await using folder = await temporaryFolder();
  await (await openAuto(folder, createMemoryKeyring())).write(credentialOf("a"));
  const store = await openAuto(folder, createMemoryKeyring(), { isKeyringDisabled: true });
  expect(await store.find(credentialOf("a"))).toMatchObject({
    kind: "unavailable",
    reason: expect.stringContaining("it is switched off") as string,
  });
  await expect(store.write(credentialOf("b"))).rejects.toMatchObject({ code: "unavailable" });
  expect(await plainText(folder)).toBe("");
});

describe("a login that is being moved", () => {
  /** Moves `a` between two files, while somebody does something to the old one at the worst moment. */
  async function moveWhile(happens: (from: NamespacedStore) => Promise<unknown>) {
    await using folder = await temporaryFolder();
    const from = createDocumentStore("file", createPlainFile(folder.file("old.json")), numberJudge);
    const to = createDocumentStore("file", createPlainFile(folder.file("new.json")), numberJudge);
    await from.write(credentialOf("a"));
    let isFirst = true;
    const disturbed: typeof from = {
      ...from,
      async removeSame(credential) {
        if (isFirst) await happens(from);
        isFirst = false;
        return from.removeSame(credential);
      },
    };
    const answer = await migrateCredentials({
      folder: folder.path,
      from: disturbed,
      to,
      processes: numberJudge,
    });
    return { answer, left: await from.list(), moved: await to.list() };
  }

  test.each([
    ["is renewed", { accessToken: "newer", refreshToken: "newer", savedAtMs: 2_000 }],
    ["is marked as refused", { refusedRefreshHash: "hash" }],
  ])("and %s meanwhile is moved as it became", async (_, change) => {
    const { answer, left, moved } = await moveWhile((from) => from.write(credentialOf("a", change)));
    expect(answer).toEqual({ kind: "found", value: 1 });
    expect(left).toEqual({ kind: "found", value: [] });
    expect(moved).toEqual({ kind: "found", value: [credentialOf("a", change)] });
  });

  test("and ends meanwhile by a logout does not come back", async () => {
    const { answer, left, moved } = await moveWhile((from) => from.remove(credentialOf("a")));
    expect(answer).toMatchObject({ kind: "found" });
    expect([left, moved]).toEqual([
      { kind: "found", value: [] },
      { kind: "found", value: [] },
    ]);
  });
});
