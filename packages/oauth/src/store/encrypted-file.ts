import { rename } from "node:fs/promises";
import { FairleadError, retryInUse } from "@fairlead/core";
import type { Keyring } from "../keyring/keyring.js";
import type { StoreAnswer } from "../store-port.js";
import type { DocumentFile, LoadedDocument } from "./document-file.js";
import {
  createStoreKey,
  type Envelope,
  formatEnvelope,
  formatKey,
  parseEnvelope,
  parseKey,
  seal,
  unseal,
} from "./envelope.js";
import { readPrivateFile, replacePrivateFile } from "./private-file.js";
import { formatDocument, parseDocument, type StoreDocument } from "./store-document.js";

type KeyAnswer = StoreAnswer<Buffer> | { readonly kind: "lost"; readonly reason: string };

/**
 * Keeps a document in a sealed file, of which the keyring keeps the key. If the key is gone the file is `lost`: saving
 * moves it aside, never over it, and begins a new file with a new key of a new name; so what was lost can be read again
 * should its keyring come back.
 * @param advice what a person can do while the keyring cannot be used, as whole sentences
 */
export function createEncryptedFile(path: string, keyring: Keyring, advice = ""): DocumentFile {
  /** A file's key never changes, so it is asked for once. */
  const keys = new Map<string, Buffer>();

  async function keyOf(account: string): Promise<KeyAnswer> {
    const known = keys.get(account);
    if (known !== undefined) return { kind: "found", value: known };
    const answer = await keyring.get(account);
    if (answer.kind === "unavailable") return cannotBeUsed(answer.reason, advice);
    if (answer.kind === "absent") {
      // A keyring in which nothing can be kept, such as one without a collection, has nothing because it is not ready.
      const probed = await keyring.probe();
      if (probed.kind === "unavailable") return cannotBeUsed(probed.reason, advice);
      return {
        kind: "lost",
        reason: `${path} cannot be read, because its key is not in the keyring any more. Log in again`,
      };
    }
    const key = parseKey(answer.value);
    if (key === undefined) {
      return { kind: "corrupt", reason: `The keyring's item ${account} is not the key that ${path} names` };
    }
    keys.set(account, key);
    return { kind: "found", value: key };
  }

  async function loadEnvelope(): Promise<StoreAnswer<Envelope>> {
    const text = await readPrivateFile(path);
    if (text.kind !== "found") return text;
    const parsed = parseEnvelope(text.value);
    return parsed.kind === "found" ? parsed : { kind: "corrupt", reason: `${path} ${parsed.reason}` };
  }

  async function createKey(): Promise<{ readonly account: string; readonly key: Buffer }> {
    const made = createStoreKey();
    const stored = await keyring.set(made.account, formatKey(made.key));
    // A keyring that says yes and keeps nothing would make everything unreadable from the next start on.
    const back = stored.kind === "done" ? await keyring.get(made.account) : stored;
    if (back.kind === "found" && back.value === formatKey(made.key)) {
      keys.set(made.account, made.key);
      return made;
    }
    // Nothing was sealed by it yet. Where even this fails, an item stays that nobody needs.
    await keyring.remove(made.account);
    throw keyNotKept(path, back.kind === "unavailable" ? back.reason : "it does not keep what it is given");
  }

  return {
    path,
    async load(): Promise<LoadedDocument> {
      const envelope = await loadEnvelope();
      if (envelope.kind !== "found") return envelope;
      const key = await keyOf(envelope.value.keyAccount);
      if (key.kind !== "found") return key;
      const text = unseal(envelope.value, key.value);
      if (text === undefined) return { kind: "corrupt", reason: `${path} was changed after it was sealed` };
      const parsed = parseDocument(text);
      return parsed.kind === "found"
        ? parsed
        : { kind: "corrupt", reason: `What ${path} holds ${parsed.reason}` };
    },
    async checkFirstSave() {
      const probed = await keyring.probe();
      if (probed.kind === "unavailable") throw keyNotKept(path, probed.reason);
    },
    async save(document: StoreDocument) {
      const envelope = await loadEnvelope();
      if (envelope.kind === "corrupt" || envelope.kind === "unavailable") throw new Error(envelope.reason);
      const account = envelope.kind === "found" ? envelope.value.keyAccount : undefined;
      const key = account === undefined ? undefined : keys.get(account);
      const text = formatDocument(document);
      if (account !== undefined && key !== undefined) {
        return replacePrivateFile(path, formatEnvelope(seal(text, account, key)));
      }
      const made = await createKey();
      // Named after its key: two lost files never share a name.
      if (account !== undefined) {
        const aside = `${path}.lost-${account.slice(-16)}`;
        await retryInUse(() => rename(path, aside), process.platform);
      }
      return replacePrivateFile(path, formatEnvelope(seal(text, made.account, made.key)));
    },
  };
}

function cannotBeUsed(reason: string, advice: string): KeyAnswer {
  const text = `The keyring cannot be used: ${reason}`;
  return { kind: "unavailable", reason: advice === "" ? text : `${text}. ${advice}` };
}

function keyNotKept(path: string, reason: string): FairleadError {
  return new FairleadError(
    "unavailable",
    `The key of ${path} cannot be kept in the keyring: ${reason}. Unlock the keyring, or set oauth_credentials_store = "file"`,
    { reason: "credentials_unavailable", effect: "none", details: { path } },
  );
}
