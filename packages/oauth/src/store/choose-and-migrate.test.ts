import { readdir } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { numberJudge } from "../lock/test-support/number-judge.js";
import { openCredentialStore } from "./open-credential-store.js";
import { canary, credentialOf } from "./test-support/credentials.js";
import { createMemoryKeyring } from "./test-support/memory-keyring.js";
import { temporaryFolder } from "./test-support/temporary-folder.js";

describe("auto", () => {
  test("is encrypted where the keyring works", async () => {
    await using folder = await temporaryFolder();
    const keyring = createMemoryKeyring();
    const warnings: string[] = [];
    const options = {
      folder: folder.path,
      keyring,
      processes: numberJudge,
      warn: (text: string) => void warnings.push(text),
    };
    const store = await openCredentialStore({ setting: "auto", ...options });
    expect(store.kind).toBe("encrypted");
    expect(keyring.calls).toEqual(["probe"]);
    expect(warnings).toEqual([]);
  });

  test("is the file, with one warning, where it does not; until the setting changes", async () => {
    await using folder = await temporaryFolder();
    const keyring = createMemoryKeyring();
    const warnings: string[] = [];
    const options = {
      folder: folder.path,
      keyring,
      processes: numberJudge,
      warn: (text: string) => void warnings.push(text),
    };
    keyring.failure = "it did not answer";
    const opened = await Promise.all(
      Array.from({ length: 3 }, () => openCredentialStore({ setting: "auto", ...options })),
    );
    keyring.failure = undefined;
    opened.push(await openCredentialStore({ setting: "auto", ...options }));
    await opened[0]?.write(credentialOf("a"));
    expect(opened.map(({ kind }) => kind)).toEqual(["file", "file", "file", "file"]);
    expect(warnings).toEqual([
      `The system's keyring cannot be used: it did not answer. Credentials are kept in ${folder.file("credentials.json")}, ` +
        'readable by you alone. Set oauth_credentials_store = "file" to do so without asking the keyring.',
    ]);
    expect((await openCredentialStore({ setting: "file", ...options })).kind).toBe("file");
    const again = await openCredentialStore({ setting: "auto", ...options });
    expect(again.kind).toBe("encrypted");
    expect(await again.read(credentialOf("a"))).toMatchObject({ kind: "found" });
  });

  test("is the file, without a question or a warning, where the keyring is switched off", async () => {
    await using folder = await temporaryFolder();
    const keyring = createMemoryKeyring();
    const store = await openCredentialStore({
      setting: "auto",
      folder: folder.path,
      keyring,
      processes: numberJudge,
      warn: (text) => {
        throw new Error(text);
      },
      isKeyringDisabled: true,
    });
    await store.write(credentialOf("a"));
    expect(store.kind).toBe("file");
    expect(keyring.calls).toEqual([]);
    expect(await readdir(folder.path)).toContain("credentials.json");
  });
});

describe("credentials in the keyring itself", () => {
  test("are kept, found, listed and removed, and leave nothing", async () => {
    await using folder = await temporaryFolder();
    const keyring = createMemoryKeyring();
    const store = await openCredentialStore({
      setting: "keyring-direct",
      folder: folder.path,
      keyring,
      processes: numberJudge,
      warn: () => {},
    });
    expect(store.kind).toBe("keyring-direct");
    await Promise.all(["a", "b", "c"].map((name) => store.write(credentialOf(name))));
    await store.write(credentialOf("a", { accessToken: "newer" }));
    expect(await store.read(credentialOf("a"))).toMatchObject({ value: { accessToken: "newer" } });
    expect(await store.find(credentialOf("b"))).toEqual({ kind: "found", value: credentialOf("b") });
    expect(await store.list()).toMatchObject({ kind: "found", value: { length: 3 } });
    expect(await store.namespaces()).toEqual({ kind: "found", value: { oauth: 3 } });
    expect(await store.remove(credentialOf("a"))).toBe(true);
    expect(await store.remove(credentialOf("a"))).toBe(false);
    expect(await store.clear("gateway")).toBe(0);
    expect(await store.clear("oauth")).toBe(2);
    expect(keyring.items.size).toBe(0);
  });

  test("that are damaged are corrupt, and no secret of them is told", async () => {
    await using folder = await temporaryFolder();
    const keyring = createMemoryKeyring();
    const store = await openCredentialStore({
      setting: "keyring-direct",
      folder: folder.path,
      keyring,
      processes: numberJudge,
      warn: () => {},
    });
    await store.write(credentialOf("a"));
    for (const account of keyring.items.keys()) keyring.items.set(account, `{"x":"${canary}"}`);
    for (const answer of [await store.read(credentialOf("a")), await store.list()]) {
      expect(answer.kind).toBe("corrupt");
      expect(JSON.stringify(answer)).not.toContain(canary);
    }
    await expect(store.write(credentialOf("a"))).rejects.toMatchObject({ code: "usage" });
  });

  test("move into the sealed file when something is missing there, and no newer one is lost", async () => {
    await using folder = await temporaryFolder();
    const keyring = createMemoryKeyring();
    const options = { folder: folder.path, keyring, processes: numberJudge, warn: () => {} };
    const direct = await openCredentialStore({ setting: "keyring-direct", ...options });
    await direct.write(credentialOf("moved"));
    await direct.write(credentialOf("both", { savedAtMs: 1 }));
    const store = await openCredentialStore({ setting: "encrypted", ...options });
    await store.write(credentialOf("both", { savedAtMs: 2, accessToken: "newer" }));
    expect(await store.read(credentialOf("moved"))).toEqual({ kind: "found", value: credentialOf("moved") });
    expect(await store.read(credentialOf("both"))).toMatchObject({ value: { accessToken: "newer" } });
    expect([...keyring.items.keys()]).toEqual([expect.stringMatching(/^credentials-key-/)]);
    keyring.calls.length = 0;
    expect(await store.read(credentialOf("never"))).toEqual({ kind: "absent" });
    expect(keyring.calls).toEqual([]);
  });

  test("do not come back after a logout", async () => {
    await using folder = await temporaryFolder();
    const keyring = createMemoryKeyring();
    const options = { folder: folder.path, keyring, processes: numberJudge, warn: () => {} };
    await (await openCredentialStore({ setting: "keyring-direct", ...options })).write(credentialOf("a"));
    const store = await openCredentialStore({ setting: "encrypted", ...options });
    expect(await store.remove(credentialOf("a"))).toBe(true);
    expect(await store.list()).toEqual({ kind: "found", value: [] });
  });

  test("are all there, in the old place or the new one, wherever the keyring stops in between", async () => {
    const names = ["a", "b", "c"];
    let interrupted = 0;
    for (let calls = 0; calls < 20; calls += 1) {
      await using folder = await temporaryFolder();
      const keyring = createMemoryKeyring();
      const options = { folder: folder.path, keyring, processes: numberJudge, warn: () => {} };
      const direct = await openCredentialStore({ setting: "keyring-direct", ...options });
      for (const name of names) await direct.write(credentialOf(name));
      keyring.callsLeft = calls;
      const first = await (await openCredentialStore({ setting: "encrypted", ...options })).list();
      if (first.kind === "unavailable") interrupted += 1;
      keyring.callsLeft = Number.POSITIVE_INFINITY;
      const listed = await (await openCredentialStore({ setting: "encrypted", ...options })).list();
      expect(listed).toMatchObject({ kind: "found" });
      const found = listed.kind === "found" ? listed.value : [];
      expect(found.map(({ serverName }) => serverName).toSorted()).toEqual(names);
      expect([...keyring.items.keys()].filter((name) => !name.startsWith("credentials-key-"))).toEqual([]);
    }
    expect(interrupted).toBeGreaterThan(10);
  });
});
