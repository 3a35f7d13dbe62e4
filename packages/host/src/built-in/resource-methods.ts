import { FairleadError } from "@fairlead/core";
import type { BuiltInMethod, BuiltInPeer } from "./built-in-server.js";

/** One resource of a built-in server. */
export interface BuiltInResource {
  readonly uri: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
  /** Its text now. */
  readonly read: () => string;
  /** Calls back after each change until the answer is called. */
  readonly watch: (onChanged: () => void) => () => void;
}

/** How long changes are gathered before a subscriber is told, in milliseconds: a flood of lines is one change to a reader. */
const gatherMs = 250;

/** The methods of the resources of one connection, and their end. */
export interface ResourceMethods {
  readonly methods: Readonly<Record<string, BuiltInMethod>>;
  /** Ends every subscription. */
  close(): void;
}

/** Makes the `resources/…` methods of a built-in server. @param resources gives those that there are now */
export function createResourceMethods(
  resources: () => readonly BuiltInResource[],
  peer: BuiltInPeer,
): ResourceMethods {
  const subscriptions = new Map<string, () => void>();
  const find = ({ uri }: Readonly<Record<string, unknown>>): BuiltInResource => {
    const resource = resources().find((candidate) => candidate.uri === uri);
    if (resource !== undefined) return resource;
    throw new FairleadError("not_found", `There is no resource ${JSON.stringify(uri)}`, {
      reason: "argument_invalid",
      effect: "none",
    });
  };
  return {
    methods: {
      "resources/list": async () => ({
        resources: resources().map(({ uri, name, title, description, mimeType }) => ({
          uri,
          name,
          title,
          description,
          mimeType,
        })),
      }),
      "resources/templates/list": async () => ({ resourceTemplates: [] }),
      "resources/read": async (params) => {
        const { uri, mimeType, read } = find(params);
        return { contents: [{ uri, mimeType, text: read() }] };
      },
      "resources/subscribe": async (params) => {
        const { uri, watch } = find(params);
        if (!subscriptions.has(uri)) {
          const tell = (): void => peer.notify("notifications/resources/updated", { uri });
          subscriptions.set(uri, watchGathered(watch, tell));
        }
        return {};
      },
      "resources/unsubscribe": async ({ uri }) => {
        subscriptions.get(String(uri))?.();
        subscriptions.delete(String(uri));
        return {};
      },
    },
    close() {
      for (const end of subscriptions.values()) end();
      subscriptions.clear();
    },
  };
}

function watchGathered(watch: BuiltInResource["watch"], tell: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const unwatch = watch(() => {
    timer ??= setTimeout(() => {
      timer = undefined;
      tell();
    }, gatherMs);
  });
  return () => {
    unwatch();
    clearTimeout(timer);
  };
}
