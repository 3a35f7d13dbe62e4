import { type FSWatcher, watch } from "node:fs";
import type { HttpServerConfig } from "@fairlead/config";
import { toFairleadError } from "@fairlead/core";
import type { AuthChange } from "@fairlead/host";
import type { OAuthCredential } from "@fairlead/oauth";
import type { Credentials } from "../auth/credentials.js";
import { makePrivateDirectory } from "../runtime/private-directory.js";
import { loginChange } from "./login-changes.js";

/** Whose logins are watched, and who is told. */
export interface WatchLoginsOptions {
  readonly credentials: Credentials;
  /** Those of now whose requests a login may sign. */
  readonly servers: () => readonly HttpServerConfig[];
  /** Whether a server could not be started for want of a login. */
  readonly isWaiting: (server: string) => boolean;
  /** Told of each login and logout, whichever process it happened in. Must not throw. */
  readonly onChange: (server: string, change: AuthChange) => void;
  /** Told once that they cannot be watched. */
  readonly warn: (text: string) => void;
  /** How long a writer may take between two changes that belong together, in milliseconds. @default 100 */
  readonly quietMs?: number | undefined;
}

/** A watch over logins. Disposing ends it. */
export interface LoginWatch extends Disposable {
  /** Looks whether there is anything to watch by now, after the servers have changed. */
  refresh(): void;
  /** Settles when changes are noticed; undefined while there is nothing to watch. Never rejects. */
  readonly started: Promise<unknown> | undefined;
}

/** All logins, as they were seen. */
type KnownLogins = readonly OAuthCredential[];

/** Watches who logs in and out, in this process or in another one. Does not keep a process alive. */
export function watchLogins(options: WatchLoginsOptions): LoginWatch {
  const { credentials, servers, quietMs = 100 } = options;
  let known: Promise<KnownLogins> | undefined;
  let watcher: FSWatcher | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isDisposed = false;
  let isWarned = false;
  let started: Promise<unknown> | undefined;
  const warn = (thrown: unknown): void => {
    if (!isWarned) options.warn(`logins go unnoticed until a restart: ${toFairleadError(thrown).message}`);
    isWarned = true;
  };

  /** Nobody can tell what changed where they cannot be read: it stays as it was. */
  const read = async (otherwise: KnownLogins): Promise<KnownLogins> => {
    try {
      const store = await credentials.openIfUsed();
      const answer = (await store?.list()) ?? { kind: "absent" as const };
      if (answer.kind === "found") return answer.value;
      return answer.kind === "absent" ? [] : otherwise;
    } catch (thrown) {
      warn(thrown);
      return otherwise;
    }
  };
  const look = async (former: KnownLogins): Promise<KnownLogins> => {
    const now = await read(former);
    if (isDisposed) return now;
    for (const server of servers()) {
      const change = loginChange(server, { before: former, now }, options.isWaiting(server.name));
      if (change !== undefined) options.onChange(server.name, change);
    }
    return now;
  };
  const stir = (): void => {
    clearTimeout(timer);
    if (isDisposed) return;
    timer = setTimeout(() => {
      known = known?.then(look);
    }, quietMs).unref();
  };
  const start = async (): Promise<KnownLogins> => {
    try {
      await makePrivateDirectory(credentials.folder);
      if (isDisposed) return [];
      watcher = watch(credentials.folder, { persistent: false }, stir).on("error", warn);
    } catch (thrown) {
      warn(thrown);
    }
    return read([]);
  };
  const refresh = (): void => {
    if (known !== undefined || isDisposed || servers().length === 0) return;
    known = start();
    started = known;
  };
  refresh();
  return {
    refresh,
    get started() {
      return started;
    },
    [Symbol.dispose]() {
      isDisposed = true;
      clearTimeout(timer);
      watcher?.close();
    },
  };
}
