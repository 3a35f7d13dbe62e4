import type { CredentialKey, OAuthCredential } from "./credential.js";

/** What a store says about one credential. That there is none and that nobody can tell are never the same. */
export type StoreAnswer<Value> =
  /** `problem`: why there may be more, which cannot be read; for people, without secrets. */
  | { readonly kind: "found"; readonly value: Value; readonly problem?: string }
  | { readonly kind: "absent" }
  /** The store cannot be asked now, for example because the keyring is locked. `reason` is for people, without secrets. */
  | { readonly kind: "unavailable"; readonly reason: string }
  /** There is something, which cannot be read. It is left as it is. */
  | { readonly kind: "corrupt"; readonly reason: string };

/** Where credentials are kept. Every method may be called from several processes at once. */
export interface CredentialStore {
  /** Which one it is, after `auto` has chosen. */
  readonly kind: "encrypted" | "file" | "keyring-direct";
  read(key: CredentialKey): Promise<StoreAnswer<OAuthCredential>>;
  /** The latest credential of a server, whoever issued it. */
  find(server: Pick<CredentialKey, "executor" | "serverUrl">): Promise<StoreAnswer<OAuthCredential>>;
  /** Everything that there is. */
  list(): Promise<StoreAnswer<readonly OAuthCredential[]>>;
  /**
   * Checks, without writing a credential, that one could be kept now. What is lost for good is no obstacle.
   * @throws FairleadError as {@link write} would
   */
  checkWritable(): Promise<void>;
  /** Keeps it in place of the former one of its key. @throws FairleadError where it could not be kept */
  write(credential: OAuthCredential): Promise<void>;
  /** @returns whether there was one. @throws FairleadError where nobody can tell */
  remove(key: CredentialKey): Promise<boolean>;
  /**
   * Lets one process at a time work on a credential; a dead holder loses it at once.
   * @throws the signal's reason, if it fires before the lock is held
   */
  withLock<Result>(key: CredentialKey, work: () => Promise<Result>, signal?: AbortSignal): Promise<Result>;
}
