import { existsSync } from "node:fs";
import { join } from "node:path";
import { createDisabledKeyring, type Keyring } from "../keyring/keyring.js";
import type { ProcessJudge } from "../lock/process-judge.js";
import { createAutoStore } from "./auto-store.js";
import { createPlainFile } from "./document-file.js";
import { createDocumentStore } from "./document-store.js";
import { createEncryptedFile } from "./encrypted-file.js";
import { createDirectStore } from "./keyring-direct.js";
import { migrateCredentials, withMigration } from "./migrate.js";
import type { NamespacedStore } from "./namespaced-store.js";

/** The values of the setting `oauth_credentials_store`. */
export const credentialStoreSettings = ["auto", "keyring", "encrypted", "file", "keyring-direct"] as const;

/**
 * Where credentials are kept. `encrypted`, or `keyring`: in a sealed file, of which the keyring keeps the key. `file`: in a
 * plain one, without ever touching the keyring. `keyring-direct`: each in the keyring itself. `auto`: `encrypted` where the
 * keyring works, else `file` until there is a sealed file, which takes over what is in the plain one.
 */
export type CredentialStoreSetting = (typeof credentialStoreSettings)[number];

/** What a store needs of the program around it. */
export interface CredentialStoreOptions {
  readonly setting: CredentialStoreSetting;
  /** For credentials alone: it is made if it is missing, and made private. Its path must not change with the version. */
  readonly folder: string;
  readonly keyring: Keyring;
  /** Tells which of the processes that use the folder still run. */
  readonly processes: ProcessJudge;
  /** Told, once each, that `auto` had to do without the keyring, or without a file that it was to take over. */
  readonly warn: (text: string) => void;
  /** Whether the user switched the keyring off: `auto` then means `file`, and needs no warning. @default false */
  readonly isKeyringDisabled?: boolean | undefined;
}

/** What `auto` chose for a folder, as long as nothing is sealed there. It holds for this process until another setting is opened there. */
const choices = new Map<string, Promise<"encrypted" | "file">>();

/**
 * Opens the store of a setting; it has nothing to close. Only `auto` does something now: it tries the keyring, once,
 * as long as nothing is sealed. A store that was named never becomes another one: where it cannot be used, it answers that.
 */
export async function openCredentialStore(options: CredentialStoreOptions): Promise<NamespacedStore> {
  const { setting, folder, processes } = options;
  const keyring =
    options.isKeyringDisabled === true ? createDisabledKeyring("it is switched off") : options.keyring;
  if (setting !== "auto") choices.delete(folder);
  const chosen = setting === "auto" ? await chooseOnce(options) : undefined;
  const plain = createDocumentStore("file", createPlainFile(plainPath(folder)), processes);
  if (setting === "file") return plain;
  const direct = createDirectStore(folder, keyring, processes);
  if (setting === "keyring-direct") return direct;
  const advice = chosen === undefined ? undefined : adviceFor(folder);
  const sealed = createDocumentStore(
    "encrypted",
    createEncryptedFile(sealedPath(folder), keyring, advice),
    processes,
  );
  const encrypted = withMigration(sealed, () =>
    migrateCredentials({ folder, from: direct, to: sealed, processes }),
  );
  if (chosen === undefined) return encrypted;
  return createAutoStore({
    chosen,
    sealedPath: sealedPath(folder),
    plainPath: plainPath(folder),
    encrypted,
    plain,
    moveToSealed: () => migrateCredentials({ folder, from: plain, to: sealed, processes }),
    warn: options.warn,
  });
}

/** Nobody named the keyring, so it has to be said what it is needed for. */
function adviceFor(folder: string): string {
  return (
    `The logins are in ${sealedPath(folder)}, which the keyring opens: make it usable here, ` +
    'or set oauth_credentials_store = "file" and log in again'
  );
}

function chooseOnce(options: CredentialStoreOptions): Promise<"encrypted" | "file"> {
  const { folder } = options;
  const chosen = choices.get(folder) ?? choose(options);
  choices.set(folder, chosen);
  return chosen;
}

async function choose({
  folder,
  keyring,
  warn,
  isKeyringDisabled,
}: CredentialStoreOptions): Promise<"encrypted" | "file"> {
  // Whatever is sealed must not get a second place beside it, so nobody needs to try the keyring.
  if (existsSync(sealedPath(folder))) return "encrypted";
  if (isKeyringDisabled === true) return "file";
  const probed = await keyring.probe();
  if (probed.kind === "done") return "encrypted";
  warn(
    `The system's keyring cannot be used: ${probed.reason}. Credentials are kept in ${plainPath(folder)}, readable by you alone. ` +
      'Set oauth_credentials_store = "file" to do so without asking the keyring.',
  );
  return "file";
}

function plainPath(folder: string): string {
  return join(folder, "credentials.json");
}

function sealedPath(folder: string): string {
  return join(folder, "credentials.sealed.json");
}
