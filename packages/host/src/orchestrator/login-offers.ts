import type { HostEvent } from "./host-event.js";
import type { ServerDefinition } from "./server-definition.js";

/** Servers that came up without a login although they offer one. */
export interface LoginOffers {
  /** What a person should be told of each, by its name. */
  readonly texts: ReadonlyMap<string, string>;
  /** Looks at what happens: who came up is asked, once until somebody logs in or out. */
  note(event: HostEvent): void;
  /** Asks nobody any more. */
  close(): void;
}

/** Whose offers, and who is told. */
export interface LoginOffersOptions {
  /** What is configured now. */
  readonly servers: () => readonly ServerDefinition[];
  /** Told of each offer once. Must not throw. */
  readonly onOffer: (server: string, text: string) => void;
}

/** Makes it; nobody is asked before a server came up, and none waits for the answer. */
export function createLoginOffers({ servers, onOffer }: LoginOffersOptions): LoginOffers {
  const texts = new Map<string, string>();
  const asked = new Map<string, ServerDefinition>();
  const closing = new AbortController();

  const ask = async (definition: ServerDefinition): Promise<void> => {
    const { name } = definition;
    const text = await definition.offeredLogin?.(closing.signal).catch(() => undefined);
    // Meanwhile it may have got another configuration, or a login.
    if (text === undefined || closing.signal.aborted || asked.get(name) !== definition) return;
    texts.set(name, text);
    onOffer(name, text);
  };
  return {
    texts,
    note(event) {
      if (event.type === "auth-changed") {
        texts.delete(event.server);
        asked.delete(event.server);
      }
      if (event.type !== "ready" || closing.signal.aborted) return;
      const definition = servers().find(({ name }) => name === event.server);
      if (definition?.offeredLogin === undefined || asked.get(event.server) === definition) return;
      texts.delete(event.server);
      asked.set(event.server, definition);
      void ask(definition);
    },
    close: () => closing.abort(),
  };
}
