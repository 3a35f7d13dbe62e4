import { existsSync } from "node:fs";
import type { StoreAnswer } from "../store-port.js";
import type { NamespacedStore } from "./namespaced-store.js";

/** The two places that `auto` knows. */
export interface AutoStoreOptions {
  /** What this process chose for as long as there is no sealed file. */
  readonly chosen: "encrypted" | "file";
  readonly sealedPath: string;
  readonly plainPath: string;
  readonly encrypted: NamespacedStore;
  readonly plain: NamespacedStore;
  /** Moves what the plain file holds into the sealed one. */
  readonly moveToSealed: () => Promise<StoreAnswer<number>>;
  /** Told, once, that the plain file cannot be read any more, while the sealed one can. */
  readonly warn: (text: string) => void;
}

/**
 * Gives all processes of `auto` one place, whether or not they reach the keyring: once there is a sealed file it is that
 * one, which takes over what the plain file holds. A process that cannot open it answers `unavailable`, and keeps nothing
 * elsewhere.
 */
export function createAutoStore(options: AutoStoreOptions): NamespacedStore {
  const { chosen, sealedPath, plainPath, encrypted, plain, moveToSealed, warn } = options;
  let isWarned = false;

  const isSealed = (): boolean => chosen === "encrypted" || existsSync(sealedPath);
  const takeOver = async (): Promise<StoreAnswer<number>> =>
    existsSync(plainPath) ? moveToSealed() : { kind: "absent" };

  const tell = (reason: string): void => {
    if (!isWarned) {
      warn(
        `${reason}. The other logins are not touched by that. Mend the file, or remove it and log in again`,
      );
    }
    isWarned = true;
  };

  /** Whether the old place has something to forget. What is broken there for good is told, and stops nothing elsewhere. */
  async function hasPlain(): Promise<boolean> {
    if (!existsSync(plainPath)) return false;
    const listed = await plain.list();
    if (listed.kind === "corrupt") tell(listed.reason);
    return listed.kind !== "corrupt";
  }

  async function ask<Value>(
    question: (store: NamespacedStore) => Promise<StoreAnswer<Value>>,
  ): Promise<StoreAnswer<Value>> {
    if (!isSealed()) return question(plain);
    const moved = await takeOver();
    const answer = await question(encrypted);
    return answer.kind === "absent" && isFailure(moved) ? moved : answer;
  }

  return {
    get kind() {
      return isSealed() ? encrypted.kind : plain.kind;
    },
    read: (key) => ask((store) => store.read(key)),
    find: (server) => ask((store) => store.find(server)),
    async list() {
      if (!isSealed()) return plain.list();
      const moved = await takeOver();
      if (!isFailure(moved)) return encrypted.list();
      // A leftover that is broken for good hides nothing of what is well.
      const answer = moved.kind === "corrupt" ? await encrypted.list() : moved;
      if (answer.kind !== "found" || answer.value.length === 0) return moved;
      tell(moved.reason);
      return { ...answer, problem: moved.reason };
    },
    checkWritable: () => (isSealed() ? encrypted : plain).checkWritable(),
    write: (credential) => (isSealed() ? encrypted : plain).write(credential),
    async remove(key) {
      if (!isSealed()) return plain.remove(key);
      // The old place first: whoever is moving it right now then takes the copy back.
      const wasPlain = (await hasPlain()) && (await plain.remove(key));
      return (await encrypted.remove(key)) || wasPlain;
    },
    withLock: (key, work, signal) => plain.withLock(key, work, signal),
    async namespaces() {
      if (!isSealed()) return plain.namespaces();
      const moved = await takeOver();
      if (!isFailure(moved)) return encrypted.namespaces();
      if (moved.kind !== "corrupt") return moved;
      tell(moved.reason);
      const answer = await encrypted.namespaces();
      return answer.kind === "found" ? { ...answer, problem: moved.reason } : answer;
    },
    async clear(namespace) {
      if (!isSealed()) return plain.clear(namespace);
      const plainCount = (await hasPlain()) ? await plain.clear(namespace) : 0;
      return plainCount + (await encrypted.clear(namespace));
    },
  };
}

type Failure = Extract<StoreAnswer<never>, { readonly reason: string }>;

function isFailure(answer: StoreAnswer<unknown>): answer is Failure {
  return answer.kind === "unavailable" || answer.kind === "corrupt";
}
