/** What to do about a refusal with 403 insufficient_scope. Nothing here opens a browser. */
export type StepUp =
  /** There is a newer token than the one that was refused: the same call may be tried once more. */
  | { readonly kind: "granted"; readonly accessToken: string }
  /** Somebody has to log in with these scopes: what was granted and what is required. */
  | { readonly kind: "login"; readonly scopes: readonly string[] }
  /** That was asked for already; a server that still says no means it. `scopes` as for `login`. */
  | { readonly kind: "spent"; readonly scopes: readonly string[] };

/** Remembers which scopes of one server somebody was asked to log in for. */
export interface StepUpMemory {
  /** @param granted what the login has; undefined: unknown @param required what the server named; empty: it named none */
  ask(
    granted: readonly string[] | undefined,
    required: readonly string[],
  ): Exclude<StepUp, { kind: "granted" }>;
}

/** Makes one for a server: one attempt for each scope, as long as it lives. */
export function createStepUpMemory(): StepUpMemory {
  const asked = new Set<string>();
  return {
    ask: (granted, required) => {
      const scopes = [...new Set([...(granted ?? []), ...required])];
      // A server that names no scopes asks for one unnamed thing.
      const wanted = required.length === 0 ? [""] : required;
      const isFresh = wanted.some((scope) => !asked.has(scope));
      for (const scope of wanted) asked.add(scope);
      return { kind: isFresh ? "login" : "spent", scopes };
    },
  };
}
