import type { CredentialKey, OAuthCredential } from "../../credential.js";
import type { CredentialStore, StoreAnswer } from "../../store-port.js";

/** A store in memory whose behaviour a test may change, and read. */
export interface MemoryStore extends CredentialStore {
  /** What it holds of the only server of the test: the latest one. Setting it throws away all others. */
  held: OAuthCredential | undefined;
  /** The issuers of all that it holds. */
  readonly issuers: readonly string[];
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
  const byIssuer = new Map<string, OAuthCredential>();
  const read = (name: string, held: OAuthCredential | undefined): Promise<StoreAnswer<OAuthCredential>> => {
    store.calls.push(name);
    if (store.answer !== undefined) return Promise.resolve(store.answer);
    return Promise.resolve(held === undefined ? { kind: "absent" } : { kind: "found", value: held });
  };
  const put = (credential: OAuthCredential): void => {
    byIssuer.delete(credential.issuer);
    byIssuer.set(credential.issuer, credential);
  };
  const store: MemoryStore = {
    kind: "file",
    get held() {
      return [...byIssuer.values()].at(-1);
    },
    set held(credential) {
      byIssuer.clear();
      if (credential !== undefined) put(credential);
    },
    get issuers() {
      return [...byIssuer.keys()];
    },
    writeError: undefined,
    answer: undefined,
    calls: [],
    read: ({ issuer }) => read("read", byIssuer.get(issuer)),
    find: () => read("find", store.held),
    list: () => Promise.resolve({ kind: "found", value: [...byIssuer.values()] }),
    write: (credential) => {
      store.calls.push("write");
      if (store.writeError !== undefined) return Promise.reject(store.writeError);
      put(credential);
      return Promise.resolve();
    },
    remove: ({ issuer }: CredentialKey) => Promise.resolve(byIssuer.delete(issuer)),
    checkWritable: () => Promise.resolve(),
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
  store.held = held;
  return store;
}
