import type { HttpServerConfig } from "@fairlead/config";
import { type Fetch, isFairleadError } from "@fairlead/core";
import { type CredentialStore, createTokenSource, type TokenSource } from "@fairlead/oauth";
import { readClientSecret } from "./client-secret.js";
import { credentialPlace } from "./credential-place.js";
import type { Credentials } from "./credentials.js";
import { fittingLogins } from "./fitting-logins.js";
import { isMachineServer, logInAsMachine } from "./machine-login.js";
import type { RequestTokens } from "./request-tokens.js";

/** The tokens of all servers, each renewed once however many ask. Disposing waits for renewals under way. */
export interface TokenSources extends AsyncDisposable {
  /** Those of one server. @param fetch makes requests from where the server is reached */
  of(server: HttpServerConfig, fetch: Fetch): RequestTokens;
  /** Lets the next request see what another process did. */
  forget(): void;
}

/** What tokens are read and renewed with. */
export interface TokenSourcesOptions {
  readonly credentials: Credentials;
  /** Where the secrets of configured clients are. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly warn: (server: string, text: string) => void;
}

interface OpenSource {
  readonly store: CredentialStore;
  readonly source: TokenSource;
}

/** Makes them; nothing is opened before the first request. */
export function createTokenSources({ credentials, env, warn }: TokenSourcesOptions): TokenSources {
  const sources = new Map<string, OpenSource>();
  const former: TokenSource[] = [];
  let isStoreTold = false;
  return {
    of(server, fetch) {
      const { name, login } = server;
      const place = credentialPlace(server);
      const { clientSecretVar } = login;
      const key = JSON.stringify([name, place.executor, place.serverUrl, server.proxy, login]);
      const isMachine = isMachineServer(server);
      return {
        async source() {
          const store = await (isMachine ? credentials.open() : credentials.openIfUsed());
          if (store === undefined) return undefined;
          const known = sources.get(key);
          if (known?.store === store) return known.source;
          if (known !== undefined) former.push(known.source);
          const source = createTokenSource({
            store: fittingLogins(store, login),
            server: place,
            serverName: name,
            fetch,
            ...(clientSecretVar === undefined
              ? {}
              : { clientSecret: () => readClientSecret(server, clientSecretVar, env) }),
            ...(isMachine ? { obtain: () => logInAsMachine(server, { env, fetch }) } : {}),
            warn: (text) => warn(name, text),
          });
          sources.set(key, { store, source });
          return source;
        },
        doesWithout(error) {
          // A machine has been told that its server wants a login.
          const isStoreAway = isFairleadError(error) && error.reason === "credentials_unavailable";
          if (isMachine || !isStoreAway) return false;
          // One store has all logins, so one line is enough.
          if (!isStoreTold) warn(name, `${error.message}. Requests go out without a login meanwhile`);
          isStoreTold = true;
          return true;
        },
      };
    },
    forget() {
      for (const { source } of sources.values()) source.forget();
    },
    async [Symbol.asyncDispose]() {
      const open = [...former, ...[...sources.values()].map(({ source }) => source)];
      sources.clear();
      await Promise.all(open.map((source) => source[Symbol.asyncDispose]()));
    },
  };
}
