import { isDeepStrictEqual } from "node:util";
import { toFairleadError } from "@fairlead/core";
import type { OAuthCredential } from "../credential.js";
import { withFileLock } from "../lock/file-lock.js";
import type { StoreAnswer } from "../store-port.js";
import { type DocumentStore, locksFolder } from "./document-store.js";
import type { NamespacedStore } from "./namespaced-store.js";

/** Stores of one person: where credentials are, and where they shall be. */
export interface MigrationOptions {
  /** Holds the locks. */
  readonly folder: string;
  readonly from: NamespacedStore;
  readonly to: DocumentStore;
}

/**
 * Moves every credential: copies it, reads it back, compares, and only then removes the old one. A newer one of the same
 * key stays. It may be interrupted anywhere, and be done by several processes at once.
 * @returns how many were found; or why it could not be done, with what was not moved still in its old place
 */
export async function migrateCredentials({
  folder,
  from,
  to,
}: MigrationOptions): Promise<StoreAnswer<number>> {
  // Most people have none: asking before the lock spares them the wait.
  const first = await from.list();
  if (first.kind !== "found" || first.value.length === 0) return countOf(first);
  return withFileLock({ folder: locksFolder(folder), key: "migration" }, async () => {
    const listed = await from.list();
    if (listed.kind !== "found") return countOf(listed);
    try {
      for (const credential of listed.value) {
        const problem = await move(credential, from, to);
        if (problem !== undefined) return problem;
      }
    } catch (cause) {
      return { kind: "unavailable", reason: toFairleadError(cause).message };
    }
    return { kind: "found", value: first.value.length };
  });
}

/**
 * Gives a store that first takes over what is left in another one, once per process, when something is not found in it.
 * @param migrate as {@link migrateCredentials} does
 */
export function withMigration(
  store: NamespacedStore,
  migrate: () => Promise<StoreAnswer<number>>,
): NamespacedStore {
  let running: Promise<StoreAnswer<number>> | undefined;

  /** What failed is tried again by the next who asks. */
  const migrateOnce = async (): Promise<StoreAnswer<number>> => {
    running ??= migrate();
    const answer = await running;
    if (answer.kind !== "found" && answer.kind !== "absent") running = undefined;
    return answer;
  };

  async function orMigrated<Value>(ask: () => Promise<StoreAnswer<Value>>): Promise<StoreAnswer<Value>> {
    const answer = await ask();
    if (answer.kind !== "absent") return answer;
    const migrated = await migrateOnce();
    if (migrated.kind === "unavailable" || migrated.kind === "corrupt") return migrated;
    return ask();
  }

  return {
    ...store,
    read: (key) => orMigrated(() => store.read(key)),
    find: (server) => orMigrated(() => store.find(server)),
    async list() {
      const migrated = await migrateOnce();
      return migrated.kind === "unavailable" || migrated.kind === "corrupt" ? migrated : store.list();
    },
    async remove(key) {
      // Otherwise it would come back from its old place.
      await migrateOnce();
      return store.remove(key);
    },
    async clear(namespace) {
      await migrateOnce();
      return store.clear(namespace);
    },
  };
}

async function move(
  credential: OAuthCredential,
  from: NamespacedStore,
  to: DocumentStore,
): Promise<StoreAnswer<number> | undefined> {
  await to.adopt(credential);
  const back = await to.read(credential);
  if (back.kind === "unavailable" || back.kind === "corrupt") return back;
  const isKept =
    back.kind === "found" &&
    (back.value.savedAtMs > credential.savedAtMs || isDeepStrictEqual(back.value, credential));
  if (!isKept)
    return { kind: "unavailable", reason: "A credential that was copied reads otherwise afterwards" };
  await from.remove(credential);
  return undefined;
}

function countOf(listed: StoreAnswer<readonly OAuthCredential[]>): StoreAnswer<number> {
  return listed.kind === "found" ? { kind: "found", value: listed.value.length } : listed;
}
