import type { HttpServerConfig } from "@fairlead/config";
import { createDeferred, FairleadError } from "@fairlead/core";
import type { StartedLogin } from "@fairlead/host";
import type { LoginUi } from "@fairlead/oauth";
import { type LoginSurroundings, logIn } from "./log-in.js";

/** Logins that programs begin, which show the page to their person themselves. */
export interface LoginStarter {
  /**
   * Begins a login. An earlier one to the same server that is still waiting is given up, and has left its port before.
   * @throws FairleadError as far as it fails before there is a page
   */
  start(server: HttpServerConfig, scopes: readonly string[] | undefined): Promise<StartedLogin>;
}

/** Shows nothing and opens nothing: whoever began the login does. */
const programUi: LoginUi = {
  showUrl: () => {},
  openBrowser: async () => true,
  pasted: undefined,
  tell: () => {},
};

/** Makes it. Logins end with the context's signal at the latest. */
export function createLoginStarter(context: LoginSurroundings["context"]): LoginStarter {
  const waiting = new Map<string, { readonly own: AbortController; readonly done: Promise<void> }>();
  return {
    async start(server, scopes) {
      const former = waiting.get(server.name);
      former?.own.abort(replacedError(server.name));
      const own = new AbortController();
      const url = createDeferred<string>();
      const signal = AbortSignal.any([context.signal, own.signal]);
      const begin = async (): Promise<void> => {
        await former?.done.catch(() => {
          // Whoever began it is told.
        });
        signal.throwIfAborted();
        await logIn(
          server,
          { ...(scopes === undefined ? {} : { scopes }), isRetriedWithout: false },
          { context: { ...context, signal }, ui: programUi, onUrl: (page) => url.resolve(page) },
        );
      };
      const done = begin().finally(() => {
        if (waiting.get(server.name)?.own === own) waiting.delete(server.name);
      });
      waiting.set(server.name, { own, done });
      // Whoever waits for the end is told it then.
      done.catch(() => {});
      await Promise.race([url.promise, done]);
      return { url: await url.promise, done };
    },
  };
}

function replacedError(server: string): FairleadError {
  return new FairleadError("canceled", `Another login to server '${server}' was begun`, { effect: "none" });
}
