import type { OAuthCredential } from "../../credential.js";
import { createTokenSource, type TokenSource, type TokenSourceOptions } from "../token-source.js";
import { createMemoryStore, type MemoryStore } from "./memory-store.js";
import { createTokenEndpoint, expiredCredential, startMs, type TokenEndpoint } from "./token-endpoint.js";

/** A token source with everything around it. */
export interface TokenScene {
  readonly store: MemoryStore;
  readonly endpoint: TokenEndpoint;
  readonly source: TokenSource;
  readonly warnings: string[];
  readonly changes: string[];
  /** The clock: milliseconds since the epoch. */
  nowMs: number;
}

/** Sets a scene for the server `notes`. @param credential default: {@link expiredCredential} */
export function tokenScene(
  credential: OAuthCredential | undefined = expiredCredential(),
  more: Partial<TokenSourceOptions> = {},
): TokenScene {
  const store = createMemoryStore(credential);
  const endpoint = createTokenEndpoint();
  const warnings: string[] = [];
  const changes: string[] = [];
  const scene: TokenScene = {
    store,
    endpoint,
    warnings,
    changes,
    nowMs: startMs,
    source: createTokenSource({
      store,
      server: { executor: "", serverUrl: "https://notes.test/mcp" },
      serverName: "notes",
      fetch: endpoint.fetch,
      warn: (text) => warnings.push(text),
      now: () => scene.nowMs,
      ...more,
    }),
  };
  scene.source.onChanged((change) => changes.push(change));
  return scene;
}

/** What makes a login good for an hour. */
export const fresh = { expiresAtMs: startMs + 3_600_000 };

/** What the error is like that asks a person to log in again. */
export const reauthentication = {
  code: "unauthenticated",
  reason: "reauthentication_required",
  details: { server: "notes", failure: "reauthentication_required" },
};
