import type { ConfigProblem, SourceOf } from "../problems/config-problem.js";
import { keyForSecretHeader } from "../schema/http-rules.js";
import { refusedOauthKey } from "../schema/oauth-rules.js";
import { refusedConnectorKey, refusedServerKey } from "../schema/refused-server-keys.js";

type Place = readonly PropertyKey[];

/** Which of the keys that a schema does not know must not be there at all. */
export interface RefusedKeys {
  /** The places that are not to be told as unknown, the very objects that were given. */
  readonly keys: ReadonlySet<Place>;
  readonly problems: readonly ConfigProblem[];
}

/** Sorts out the keys of servers and connectors that belong to another transport, are spelled otherwise here, or hold a secret. */
export function refuseServerKeys(
  unrecognized: readonly Place[],
  raw: unknown,
  sourceOf: SourceOf,
): RefusedKeys {
  const keys = new Set<Place>();
  const problems: ConfigProblem[] = [];
  for (const place of unrecognized) {
    const [group, name, key, ...deeper] = place;
    const secret = key === "oauth" && deeper.length === 1 ? refusedOauthKey(String(deeper[0])) : undefined;
    if (secret !== undefined) {
      keys.add(place);
      problems.push({ source: sourceOf(place), place, message: secret });
    }
    if (key === undefined || deeper.length > 0) continue;
    const entry = memberOf(memberOf(raw, group), name) ?? {};
    const message = messageOf(group, String(key), entry);
    if (message === undefined) continue;
    keys.add(place);
    // Where command and url stand side by side, what goes with the command is no mistake of its own.
    const isBoth = Object.hasOwn(entry, "command") && Object.hasOwn(entry, "url");
    if (!isBoth || !message.startsWith("is for a server with a command"))
      problems.push({ source: sourceOf(place), place, message });
  }
  return { keys, problems };
}

/**
 * Finds credentials among the headers that are sent as they are written. In the files of other programs they are usual,
 * so there they stay.
 */
export function secretHeaderProblems(raw: unknown, sourceOf: SourceOf): readonly ConfigProblem[] {
  return ["mcp_servers", "connectors"].flatMap((group) =>
    Object.entries(memberOf(raw, group) ?? {}).flatMap(([name, entry]) =>
      Object.keys(memberOf(entry, "http_headers") ?? {}).flatMap((header): ConfigProblem[] => {
        const key = keyForSecretHeader(header);
        const place = [group, name, "http_headers", header];
        const source = sourceOf(place);
        if (key === undefined || source.kind === "json") return [];
        const message = `a credential does not belong in a configuration file; keep it in an environment variable and name that one in ${key}`;
        return [{ source, place, message }];
      }),
    ),
  );
}

function messageOf(group: PropertyKey | undefined, key: string, entry: object): string | undefined {
  if (group === "connectors") return refusedConnectorKey(key);
  return group === "mcp_servers" ? refusedServerKey(key, entry) : undefined;
}

function memberOf(value: unknown, key: PropertyKey | undefined): object | undefined {
  if (typeof value !== "object" || value === null || key === undefined) return undefined;
  const member: unknown = Object.hasOwn(value, key)
    ? (value as Record<PropertyKey, unknown>)[key]
    : undefined;
  return typeof member === "object" && member !== null ? member : undefined;
}
