import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { LoginsConfig } from "@fairlead/config";
import { processMarks } from "@fairlead/machine/process-mark";
import type { CredentialStore } from "@fairlead/oauth";

/** The logins of this user. Nothing is opened, and no keyring asked, before somebody needs it. */
export interface Credentials {
  /** Where they are kept, below the home. It may not be there yet. */
  readonly folder: string;
  /** The store, opened at the first call. @throws FairleadError where it cannot be opened */
  open(): Promise<CredentialStore>;
  /**
   * The store, if it may hold anything; undefined spares asking the keyring of somebody who never logged in.
   * @throws FairleadError as {@link open}
   */
  openIfUsed(): Promise<CredentialStore | undefined>;
  /** Goes by another configuration from now on. */
  reconfigure(logins: LoginsConfig): void;
}

/** What credentials are reached with. */
export interface CredentialsOptions {
  readonly home: string;
  readonly logins: LoginsConfig;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Told, once each, that a keyring cannot be used, or an old file with logins. */
  readonly warn: (text: string) => void;
  /** Once fired, a keyring that does not answer is not waited for, and its helper ended. */
  readonly signal?: AbortSignal;
}

/** Makes the way to the logins of this user. */
export function createCredentials({ home, logins, env, warn, signal }: CredentialsOptions): Credentials {
  const folder = join(home, "credentials");
  let setting = logins.store;
  let opened: Promise<CredentialStore> | undefined;
  const openNow = async (): Promise<CredentialStore> => {
    if (process.platform === "win32") await closeFolder(folder, warn);
    // Loaded only where there may be a login: most commands start without.
    const { createHelperKeyring, openCredentialStore } = await import("@fairlead/oauth");
    const { createRunHelper } = await import("../runtime/keyring-helper.js");
    const keyring = createHelperKeyring({ runHelper: createRunHelper(env, signal) });
    const isKeyringDisabled = (env["FAIRLEAD_NO_KEYRING"] ?? "") !== "";
    return openCredentialStore({
      setting,
      folder,
      keyring,
      processes: processMarks,
      warn,
      isKeyringDisabled,
    });
  };
  const open = (): Promise<CredentialStore> => {
    if (opened !== undefined) return opened;
    const opening = openNow();
    opened = opening;
    // Whoever unlocks a keyring need not start anew.
    opening.catch(() => {
      if (opened === opening) opened = undefined;
    });
    return opening;
  };
  return {
    folder,
    open,
    async openIfUsed() {
      if (opened === undefined && setting !== "keyring-direct" && (await isEmpty(folder))) return undefined;
      return open();
    },
    reconfigure(next) {
      if (next.store !== setting) opened = undefined;
      setting = next.store;
    },
  };
}

/** Elsewhere the store sees to it by modes; on Windows it takes programs, which the store does not start. */
async function closeFolder(folder: string, warn: (text: string) => void): Promise<void> {
  const { keepFolderPrivate } = await import("@fairlead/machine");
  const doubt = await keepFolderPrivate(folder).catch((thrown: unknown) =>
    thrown instanceof Error ? thrown.message : String(thrown),
  );
  if (doubt !== undefined) warn(`nobody tells whether others can read the logins in ${folder}: ${doubt}`);
}

/** A login that came to nothing leaves the folder of its locks alone. */
async function isEmpty(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).every((name) => name === "locks");
  } catch (cause) {
    return cause instanceof Error && "code" in cause && cause.code === "ENOENT";
  }
}
