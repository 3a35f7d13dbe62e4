/** What the system's keyring says about one item. That there is none and that nobody can tell are never the same. */
export type KeyringAnswer =
  | { readonly kind: "found"; readonly value: string }
  | { readonly kind: "absent" }
  | KeyringUnavailable;

/** The keyring cannot be asked. `reason` is for people, without secrets: it completes "the keyring cannot be used: …". */
export interface KeyringUnavailable {
  readonly kind: "unavailable";
  readonly reason: string;
}

/** The system's keyring. Nothing rejects, and nothing takes longer than a few seconds. */
export interface Keyring {
  get(account: string): Promise<KeyringAnswer>;
  set(account: string, value: string): Promise<{ readonly kind: "done" } | KeyringUnavailable>;
  /** @returns `absent` where there was none */
  remove(account: string): Promise<{ readonly kind: "done" | "absent" } | KeyringUnavailable>;
  /** Tries to set, get and remove an item of its own. */
  probe(): Promise<{ readonly kind: "done" } | KeyringUnavailable>;
}

/** A keyring that is not to be used. */
export function createDisabledKeyring(reason: string): Keyring {
  const answer = async (): Promise<KeyringUnavailable> => ({ kind: "unavailable", reason });
  return { get: answer, set: answer, remove: answer, probe: answer };
}
