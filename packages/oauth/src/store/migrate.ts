import { isDeepStrictEqual } from "node:util";
import { toFairleadError } from "@fairlead/core";
import type { OAuthCredential } from "../credential.js";
import { withFileLock } from "../lock/file-lock.js";
import type { ProcessJudge } from "../lock/process-judge.js";
import type { StoreAnswer } from "../store-port.js";
import { type DocumentStore, locksFolder } from "./document-store.js";
import type { MovableStore, NamespacedStore } from "./namespaced-store.js";

/** Stores of one person: where credentials are, and where they shall be. */
export interface MigrationOptions {
  /** Holds the locks. */
  readonly folder: string;
  readonly from: MovableStore;
  readonly to: DocumentStore;
  readonly processes: ProcessJudge;
}

/** Milliseconds for another process that moves them: it takes one or two. */
const waitMs = 30_000;

/** Somebody who renews a login takes longer than moving it does, so that it changes once, if at all. */
const mostTries = 5;

/**
 * Moves every credential: copies it, reads it back, compares, and only then removes the old one, if nobody changed that
 * meanwhile. A newer one of the same key stays. It may be interrupted anywhere, and be done by several processes at once.
 * @returns how many were found; or why it could not be done, with what was not moved still in its old place
 */
export async function migrateCredentials({
  folder,
  from,
  to,
  processes,
}: MigrationOptions): Promise<StoreAnswer<number>> {
  // Most people have none: asking before the lock spares them the wait.
  const first = await from.list();
  if (first.kind !== "found" || first.value.length === 0) return countOf(first);
  const moveAll = async (): Promise<StoreAnswer<number>> => {
    const listed = await from.list();
    if (listed.kind !== "found") return countOf(listed);
    // What cannot be read any more is given up by a login, which a person means, and not by this.
    const target = await to.list();
    if (target.kind !== "found") return countOf(target);
    for (const credential of listed.value) {
      const problem = await move(credential, from, to);
      if (problem !== undefined) return problem;
    }
    return { kind: "found", value: first.value.length };
  };
  try {
    const lock = { folder: locksFolder(folder), key: "migration", processes, waitLimitMs: waitMs };
    return await withFileLock(lock, moveAll);
  } catch (cause) {
    return { kind: "unavailable", reason: toFairleadError(cause).message };
  }
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
      const before = await store.list();
      // What is wrong with the store itself is the better thing to tell.
      if (before.kind === "unavailable" || before.kind === "corrupt") return before;
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

/** Programs that know only the old place may renew, log in or log out there meanwhile: what they did last counts. */
async function move(
  listed: OAuthCredential,
  from: MovableStore,
  to: DocumentStore,
): Promise<StoreAnswer<number> | undefined> {
  let credential = listed;
  for (let tries = 0; tries < mostTries; tries += 1) {
    await to.adopt(credential);
    const back = await to.read(credential);
    if (back.kind === "unavailable" || back.kind === "corrupt") return back;
    if (back.kind === "found" && !isKept(back.value, credential)) {
      return { kind: "unavailable", reason: "A credential that was copied reads otherwise afterwards" };
    }
    // A copy that is gone was removed by a logout, which removes the old one too.
    if (back.kind === "found" && (await from.removeSame(credential)) === "removed") return undefined;
    const changed = await from.read(credential);
    if (changed.kind === "unavailable" || changed.kind === "corrupt") return changed;
    if (changed.kind === "absent") {
      // A logout, which means the copy too.
      await to.removeSame(credential);
      return undefined;
    }
    credential = changed.value;
  }
  return { kind: "unavailable", reason: "A login changes faster than it can be moved. Try again" };
}

function isKept(back: OAuthCredential, credential: OAuthCredential): boolean {
  return back.savedAtMs > credential.savedAtMs || isDeepStrictEqual(back, credential);
}

function countOf(listed: StoreAnswer<readonly OAuthCredential[]>): StoreAnswer<number> {
  return listed.kind === "found" ? { kind: "found", value: listed.value.length } : listed;
}
