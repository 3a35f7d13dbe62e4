import type { CredentialKey, OAuthCredential } from "../../credential.js";
import type { CredentialStore, StoreAnswer } from "../../store-port.js";

/** A store in memory whose behaviour a test may change, and read. */
export interface MemoryStore extends CredentialStore {
  /** What it holds for the only server of the test. */
  held: OAuthCredential | undefined;
  /** While set, every write fails with it. */
  writeError: Error | undefined;
  /** While set, every read answers it. */
  answer: StoreAnswer<OAuthCredential> | undefined;
  /** Every call, in order: `read`, `write`, `locked`, `released`. */
  readonly calls: string[];
}

/** Makes one. Its lock is fair and lasts as long as the work. */
export function createMemoryStore(held?: OAuthCredential): MemoryStore {
  let queue: Promise<unknown> = Promise.resolve();
  const read = (name: string): Promise<StoreAnswer<OAuthCredential>> => {
    store.calls.push(name);
    if (store.answer !== undefined) return Promise.resolve(store.answer);
    return Promise.resolve(
      store.held === undefined ? { kind: "absent" } : { kind: "found", value: store.held },
    );
  };
  const store: MemoryStore = {
    kind: "file",
    held,
    writeError: undefined,
    answer: undefined,
    calls: [],
    read: () => read("read"),
    find: () => read("find"),
    list: () => Promise.resolve({ kind: "found", value: store.held === undefined ? [] : [store.held] }),
    write: (credential) => {
      store.calls.push("write");
      if (store.writeError !== undefined) return Promise.reject(store.writeError);
      store.held = credential;
      return Promise.resolve();
    },
    remove: (_key: CredentialKey) => {
      const was = store.held !== undefined;
      store.held = undefined;
      return Promise.resolve(was);
    },
    withLock: (_key, work) => {
      const turn = queue.then(async () => {
        store.calls.push("locked");
        try {
          return await work();
        } finally {
          store.calls.push("released");
        }
      });
      queue = turn.catch(() => undefined);
      return turn;
    },
  };
  return store;
}
