import type { Keyring, KeyringUnavailable } from "../../keyring/keyring.js";

/** A keyring in memory, of which a test may look at everything. */
export interface MemoryKeyring extends Keyring {
  readonly items: Map<string, string>;
  /** Every operation so far, as in "get credentials-index". */
  readonly calls: string[];
  /** Set: it cannot be used, for this reason. */
  failure: string | undefined;
  /** After so many operations more it cannot be used either. */
  callsLeft: number;
}

/** Makes an empty keyring. */
export function createMemoryKeyring(): MemoryKeyring {
  const items = new Map<string, string>();
  const calls: string[] = [];
  const failureOf = (call: string): KeyringUnavailable | undefined => {
    calls.push(call);
    keyring.callsLeft -= 1;
    if (keyring.callsLeft < 0) return { kind: "unavailable", reason: "it stopped" };
    return keyring.failure === undefined ? undefined : { kind: "unavailable", reason: keyring.failure };
  };
  const keyring: MemoryKeyring = {
    items,
    calls,
    failure: undefined,
    callsLeft: Number.POSITIVE_INFINITY,
    async get(account) {
      const failure = failureOf(`get ${account}`);
      const value = items.get(account);
      return failure ?? (value === undefined ? { kind: "absent" } : { kind: "found", value });
    },
    async set(account, value) {
      const failure = failureOf(`set ${account}`);
      if (failure === undefined) items.set(account, value);
      return failure ?? { kind: "done" };
    },
    async remove(account) {
      return failureOf(`remove ${account}`) ?? { kind: items.delete(account) ? "done" : "absent" };
    },
    probe: async () => failureOf("probe") ?? { kind: "done" },
  };
  return keyring;
}
