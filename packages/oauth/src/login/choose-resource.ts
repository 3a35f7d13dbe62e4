/** What may decide about the `resource` of RFC 8707. */
export interface ResourceWishes {
  /** As configured; false: none is ever sent, for providers that refuse what they do not know. */
  readonly configured?: string | false | undefined;
  /** The `resource` of the server's metadata. */
  readonly advertised?: string | undefined;
  readonly serverUrl: string;
  /** Whether the server has metadata of RFC 9728, which came into MCP together with the parameter. */
  readonly isWanted: boolean;
}

/**
 * Chooses the one value that authorization, exchange and every renewal send: configured, else what the metadata says, letter
 * by letter, else the server's URL without its fragment where the server is known to want it. Undefined: none.
 */
export function chooseResource(wishes: ResourceWishes): string | undefined {
  if (wishes.configured === false) return undefined;
  if (wishes.configured !== undefined) return wishes.configured;
  if (wishes.advertised !== undefined) return wishes.advertised;
  return wishes.isWanted ? withoutFragment(wishes.serverUrl) : undefined;
}

/** A URL as it was written, up to its fragment. */
export function withoutFragment(url: string): string {
  return url.split("#", 1)[0] ?? url;
}
