import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { isJsonObject, parseJsonObject } from "@fairlead/core";
import type { CredentialKey, OAuthCredential } from "../credential.js";
import type { Keyring } from "../keyring/keyring.js";
import { withFileLock } from "../lock/file-lock.js";
import type { ProcessJudge } from "../lock/process-judge.js";
import type { StoreAnswer } from "../store-port.js";
import {
  entryProblem,
  isEntryOf,
  keyText,
  oauthNamespace,
  type StoredEntry,
  toCredential,
  toEntry,
} from "./credential-entry.js";
import { locksFolder } from "./document-store.js";
import type { MovableStore } from "./namespaced-store.js";
import { storeCorrupt, storeUnavailable } from "./store-errors.js";

/** Written at each change; it holds nothing. */
const changedName = "keyring-direct.changed";

/** The item that names all others, because a keyring cannot be searched everywhere. */
const indexAccount = "credentials-index";

/**
 * Keeps each credential as an item of the keyring itself. Windows takes 2,560 bytes per item, which many tokens exceed, so
 * this is for those who have such items, which {@link migrateFromKeyring} moves.
 */
export function createDirectStore(folder: string, keyring: Keyring, processes: ProcessJudge): MovableStore {
  const locks = locksFolder(folder);
  const locked = <Result>(work: () => Promise<Result>): Promise<Result> =>
    withFileLock({ folder: locks, key: "keyring items", processes }, work);

  /** A change that others can see: those that run watch the folder, and nothing in the keyring tells them. */
  const lockedChange = <Result>(work: () => Promise<Result>): Promise<Result> =>
    locked(async () => {
      const result = await work();
      // They notice at their next request anyway.
      await writeFile(join(folder, changedName), "", { mode: 0o600 }).catch(() => {});
      return result;
    });

  async function readEntry(account: string): Promise<StoreAnswer<StoredEntry>> {
    const answer = await keyring.get(account);
    if (answer.kind === "unavailable") return { kind: "unavailable", reason: cannotBeUsed(answer.reason) };
    if (answer.kind === "absent") return answer;
    const entry = { ...parseJsonObject(answer.value), namespace: oauthNamespace };
    return entryProblem(entry) === undefined
      ? { kind: "found", value: entry }
      : { kind: "corrupt", reason: `The keyring's item ${account} is not a credential` };
  }

  async function readIndex(): Promise<StoreAnswer<readonly string[]>> {
    const answer = await keyring.get(indexAccount);
    if (answer.kind === "unavailable") return { kind: "unavailable", reason: cannotBeUsed(answer.reason) };
    if (answer.kind === "absent") return answer;
    const index = parseJsonObject(answer.value);
    const accounts = index?.["version"] === 1 ? index["accounts"] : undefined;
    return isJsonObject(accounts) || !Array.isArray(accounts) || !accounts.every(isAccount)
      ? { kind: "corrupt", reason: `The keyring's item ${indexAccount} is not a list of credentials` }
      : { kind: "found", value: accounts };
  }

  async function readAll(): Promise<StoreAnswer<readonly StoredEntry[]>> {
    const index = await readIndex();
    if (index.kind === "absent") return { kind: "found", value: [] };
    if (index.kind !== "found") return index;
    const entries: StoredEntry[] = [];
    let isPruned = true;
    for (const account of index.value) {
      const entry = await readEntry(account);
      if (entry.kind === "found") entries.push(entry.value);
      else if (entry.kind !== "absent") return entry;
      else isPruned = false;
    }
    // Whoever was interrupted left a name without an item. That it is there harms nobody, so this may fail.
    if (!isPruned) await locked(pruneIndex).catch(() => {});
    return { kind: "found", value: entries };
  }

  async function pruneIndex(): Promise<void> {
    const gone = new Set<string>();
    for (const account of orThrow(await readIndex()) ?? []) {
      if ((await keyring.get(account)).kind === "absent") gone.add(account);
    }
    await changeIndex((accounts) => accounts.filter((account) => !gone.has(account)));
  }

  async function changeIndex(change: (accounts: readonly string[]) => readonly string[]): Promise<void> {
    const index = orThrow(await readIndex()) ?? [];
    const accounts = change(index);
    if (accounts.length === index.length) return;
    if (accounts.length > 0) await put(indexAccount, JSON.stringify({ version: 1, accounts }));
    else orThrowRemoved(await keyring.remove(indexAccount));
  }

  async function put(account: string, value: string): Promise<void> {
    const answer = await keyring.set(account, value);
    if (answer.kind === "done") return;
    const advice = 'Should the item be too large, set oauth_credentials_store = "encrypted"';
    throw storeUnavailable("A credential cannot be kept", `${cannotBeUsed(answer.reason)}. ${advice}`);
  }

  const removeLocked = async (account: string): Promise<boolean> => {
    const answer = orThrowRemoved(await keyring.remove(account));
    await changeIndex((accounts) => accounts.filter((each) => each !== account));
    return answer;
  };

  return {
    kind: "keyring-direct",
    async read(key) {
      const entry = await readEntry(accountOf(key));
      if (entry.kind !== "found") return entry;
      return isEntryOf(entry.value, key)
        ? { kind: "found", value: toCredential(entry.value) }
        : { kind: "absent" };
    },
    async find({ executor, serverUrl }) {
      const all = await readAll();
      if (all.kind !== "found") return all;
      const latest = all.value
        .filter((entry) => isEntryOf(entry, { executor, serverUrl }))
        .map(toCredential)
        .reduce<OAuthCredential | undefined>(
          (one, other) => (one !== undefined && one.savedAtMs > other.savedAtMs ? one : other),
          undefined,
        );
      return latest === undefined ? { kind: "absent" } : { kind: "found", value: latest };
    },
    async list() {
      const all = await readAll();
      return all.kind === "found" ? { kind: "found", value: all.value.map(toCredential) } : all;
    },
    async checkWritable() {
      orThrow(await readIndex());
    },
    write: (credential) =>
      lockedChange(async () => {
        const account = accountOf(credential);
        const former = orThrow(await readEntry(account));
        // Named first: an item that nothing names would never be found again.
        await changeIndex((accounts) => (accounts.includes(account) ? accounts : [...accounts, account]));
        await put(account, JSON.stringify(toEntry(credential, former)));
      }),
    remove: (key) => lockedChange(() => removeLocked(accountOf(key))),
    removeSame: (credential) =>
      lockedChange(async () => {
        const entry = orThrow(await readEntry(accountOf(credential)));
        if (entry === undefined || !isEntryOf(entry, credential)) return "absent";
        if (!isDeepStrictEqual(toCredential(entry), credential)) return "changed";
        await removeLocked(accountOf(credential));
        return "removed";
      }),
    withLock: (key, work, signal) =>
      withFileLock({ folder: locks, key: `credential ${keyText(key)}`, processes, signal }, work),
    async namespaces() {
      const index = await readIndex();
      if (index.kind === "absent") return { kind: "found", value: {} };
      return index.kind === "found"
        ? { kind: "found", value: { [oauthNamespace]: index.value.length } }
        : index;
    },
    clear: (namespace) =>
      lockedChange(async () => {
        const accounts = namespace === oauthNamespace ? (orThrow(await readIndex()) ?? []) : [];
        for (const account of accounts) await removeLocked(account);
        return accounts.length;
      }),
  };
}

function accountOf(key: CredentialKey): string {
  return `credential-${createHash("sha256").update(keyText(key)).digest("hex").slice(0, 32)}`;
}

function isAccount(value: unknown): value is string {
  return typeof value === "string" && /^credential-[0-9a-f]{32}$/.test(value);
}

function cannotBeUsed(reason: string): string {
  return `The keyring cannot be used: ${reason}`;
}

function orThrow<Value>(answer: StoreAnswer<Value>): Value | undefined {
  if (answer.kind === "found") return answer.value;
  if (answer.kind === "absent") return undefined;
  const fail = answer.kind === "corrupt" ? storeCorrupt : storeUnavailable;
  throw fail("The credential store", answer.reason);
}

function orThrowRemoved(answer: Awaited<ReturnType<Keyring["remove"]>>): boolean {
  if (answer.kind === "unavailable") {
    throw storeUnavailable("A credential cannot be removed", cannotBeUsed(answer.reason));
  }
  return answer.kind === "done";
}
