import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { FairleadError, parseJsonObject } from "@fairlead/core";
import type { OAuthCredential } from "../credential.js";
import { withFileLock } from "../lock/file-lock.js";
import type { ProcessJudge } from "../lock/process-judge.js";
import type { CredentialStore, StoreAnswer } from "../store-port.js";
import {
  entryProblem,
  isEntryOf,
  keyText,
  oauthNamespace,
  type StoredEntry,
  toCredential,
  toEntry,
} from "./credential-entry.js";
import type { DocumentFile, LoadedDocument } from "./document-file.js";
import type { MovableStore } from "./namespaced-store.js";
import { makePrivateFolder, sweepTemporaries } from "./private-file.js";
import { emptyDocument, type StoreDocument } from "./store-document.js";
import { storeCorrupt, storeUnavailable, writeFailed } from "./store-errors.js";

/** A store that credentials can be moved into. */
export interface DocumentStore extends MovableStore {
  /** Keeps a credential, unless there is a newer one of its key. @throws FairleadError as `write` does */
  adopt(credential: OAuthCredential): Promise<void>;
}

/** Writing takes milliseconds, and a few seconds where the keyring is slow; whoever waits longer waits for a stopped process. */
const writeWaitMs = 30_000;

/** Keeps credentials in one file. Its folder is for credentials alone: it is made private. */
export function createDocumentStore(
  kind: CredentialStore["kind"],
  file: DocumentFile,
  processes: ProcessJudge,
): DocumentStore {
  const locks = locksFolder(dirname(file.path));

  async function load(): Promise<StoreAnswer<StoreDocument>> {
    const loaded = await file.load();
    return loaded.kind === "lost" ? { kind: "corrupt", reason: loaded.reason } : loaded;
  }

  /** One writer at a time, of all processes; gives what `change` answered. Undefined entries: nothing is to be saved. */
  async function edit<Result>(change: (document: StoreDocument) => Edit<Result>): Promise<Result> {
    await makePrivateFolder(dirname(file.path)).catch((cause: unknown) => {
      throw writeFailed(dirname(file.path), cause);
    });
    const lock = { folder: locks, key: `file ${file.path}`, processes, waitLimitMs: writeWaitMs };
    return withFileLock(lock, async () => {
      const loaded = await file.load();
      refuseUnreadable(loaded);
      const { entries, result } = change(loaded.kind === "found" ? loaded.value : emptyDocument);
      if (entries === undefined && loaded.kind === "lost") {
        throw storeUnavailable("The credential store", loaded.reason);
      }
      if (entries === undefined) return result;
      const others = loaded.kind === "found" ? loaded.value.others : {};
      await sweepTemporaries(file.path);
      await file.save({ entries, others });
      return result;
    }).catch((cause: unknown) => {
      throw writeFailed(file.path, cause);
    });
  }

  return {
    kind,
    async read(key) {
      return pickFrom(await load(), ({ entries }) => entries.findLast((entry) => isEntryOf(entry, key)));
    },
    async find({ executor, serverUrl }) {
      return pickFrom(await load(), ({ entries }) =>
        entries.filter((entry) => isEntryOf(entry, { executor, serverUrl })).reduce(later, undefined),
      );
    },
    async list() {
      const loaded = await load();
      if (loaded.kind === "absent") return { kind: "found", value: [] };
      if (loaded.kind !== "found") return loaded;
      const entries = loaded.value.entries.filter(({ namespace }) => namespace === oauthNamespace);
      return { kind: "found", value: entries.map(toCredential) };
    },
    async checkWritable() {
      const loaded = await file.load();
      refuseUnreadable(loaded);
      if (loaded.kind === "absent") await file.checkFirstSave();
    },
    write: (credential) => edit(({ entries }) => put(entries, credential)),
    adopt: (credential) =>
      edit(({ entries }) => {
        const former = entries.findLast((entry) => isEntryOf(entry, credential));
        const isOlder = former !== undefined && Number(former["savedAtMs"]) > credential.savedAtMs;
        return isOlder ? { result: undefined } : put(entries, credential);
      }),
    remove: (key) =>
      edit(({ entries }) => {
        const rest = entries.filter((entry) => !isEntryOf(entry, key));
        return rest.length === entries.length ? { result: false } : { entries: rest, result: true };
      }),
    removeSame: (credential) =>
      edit<"removed" | "changed" | "absent">(({ entries }) => {
        const entry = entries.findLast((each) => isEntryOf(each, credential));
        if (entry === undefined) return { result: "absent" };
        if (!isDeepStrictEqual(toCredential(entry), credential)) return { result: "changed" };
        return { entries: entries.filter((each) => !isEntryOf(each, credential)), result: "removed" };
      }),
    withLock: (key, work, signal) =>
      withFileLock({ folder: locks, key: `credential ${keyText(key)}`, processes, signal }, work),
    async namespaces() {
      const loaded = await load();
      if (loaded.kind === "absent") return { kind: "found", value: {} };
      if (loaded.kind !== "found") return loaded;
      const counts = new Map<string, number>();
      for (const { namespace } of loaded.value.entries)
        counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
      return { kind: "found", value: Object.fromEntries(counts) };
    },
    clear: (namespace) =>
      edit(({ entries }) => {
        const rest = entries.filter((entry) => entry.namespace !== namespace);
        const count = entries.length - rest.length;
        return count === 0 ? { result: 0 } : { entries: rest, result: count };
      }),
  };
}

/** Where the locks of a folder of credentials are. */
export function locksFolder(folder: string): string {
  return join(folder, "locks");
}

/** What nobody can read now may still be read some day, and is not written over. */
function refuseUnreadable(
  loaded: LoadedDocument,
): asserts loaded is Exclude<LoadedDocument, { readonly kind: "unavailable" | "corrupt" }> {
  if (loaded.kind === "unavailable") throw storeUnavailable("The credential store", loaded.reason);
  if (loaded.kind === "corrupt") throw storeCorrupt("The credential store", loaded.reason);
}

interface Edit<Result> {
  /** What is to be saved; unset: nothing changed. */
  readonly entries?: readonly StoredEntry[];
  readonly result: Result;
}

function put(entries: readonly StoredEntry[], credential: OAuthCredential): Edit<undefined> {
  const entry = toEntry(
    credential,
    entries.findLast((each) => isEntryOf(each, credential)),
  );
  checkEntry(entry);
  return {
    entries: [...entries.filter((each) => !isEntryOf(each, credential)), entry],
    result: undefined,
  };
}

function pickFrom<Value>(
  loaded: StoreAnswer<Value>,
  pick: (value: Value) => StoredEntry | undefined,
): StoreAnswer<OAuthCredential> {
  if (loaded.kind !== "found") return loaded;
  const entry = pick(loaded.value);
  return entry === undefined ? { kind: "absent" } : { kind: "found", value: toCredential(entry) };
}

function later(one: StoredEntry | undefined, other: StoredEntry): StoredEntry {
  return one !== undefined && Number(one["savedAtMs"]) > Number(other["savedAtMs"]) ? one : other;
}

/** What could not be read back would make the whole file unreadable. */
function checkEntry(entry: StoredEntry): void {
  const back = parseJsonObject(JSON.stringify(entry)) ?? {};
  const field = entryProblem({ ...back, namespace: entry.namespace });
  if (field === undefined) return;
  throw new FairleadError(
    "internal",
    `A credential cannot be kept, because its ${field} is missing or wrong`,
    {
      effect: "none",
    },
  );
}
