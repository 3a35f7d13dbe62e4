import type { OAuthCredential } from "../credential.js";
import type { CredentialStore, StoreAnswer } from "../store-port.js";

/** A store of credentials that may hold other secrets of ours too, each kind in a namespace of its own. */
export interface NamespacedStore extends CredentialStore {
  /** How many entries there are of each namespace. */
  namespaces(): Promise<StoreAnswer<Readonly<Record<string, number>>>>;
  /** Forgets every entry of a namespace. @returns how many there were @throws FairleadError where nobody can tell */
  clear(namespace: string): Promise<number>;
}

/** A store that credentials can be moved out of. */
export interface MovableStore extends NamespacedStore {
  /**
   * Forgets a credential if it is still just this one: who renewed it meanwhile, or logged in anew, keeps the newer one.
   * @throws FairleadError where nobody can tell
   */
  removeSame(credential: OAuthCredential): Promise<"removed" | "changed" | "absent">;
}
