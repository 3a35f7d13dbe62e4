import type * as z from "zod";
import type { ConfigProblem, SourceOf } from "../problems/config-problem.js";
import { nearestName } from "../problems/nearest-name.js";
import { configSchema, type ParsedConfig } from "../schema/config-schema.js";
import { knownKeysAt } from "../schema/key-table.js";
import { isHttpEntry } from "../schema/server-schema.js";
import { describeIssue } from "./describe-issue.js";
import { refuseServerKeys, secretHeaderProblems } from "./server-key-problems.js";

/** What one file came to. */
export interface ValidatedConfig {
  /** Undefined if there is any problem. */
  readonly value: ParsedConfig | undefined;
  readonly problems: readonly ConfigProblem[];
  /** Keys that no version up to this one knows; they are left out of the value. */
  readonly unknownKeys: readonly UnknownKey[];
}

/** A key that is not known. */
export interface UnknownKey extends ConfigProblem {
  /** The known key that was most likely meant. */
  readonly nearest: string | undefined;
}

type Place = readonly PropertyKey[];

/**
 * Checks the parsed content of a file, or of several that were laid over each other, against the definition and collects
 * everything that is wrong with it.
 */
export function validateConfig(raw: unknown, sourceOf: SourceOf): ValidatedConfig {
  const unrecognized = findUnrecognized(flatten(configSchema.safeParse(raw).error?.issues ?? [], raw, []));
  const refused = refuseServerKeys(unrecognized, raw, sourceOf);
  const unknownKeys = unrecognized
    .filter((place) => !refused.keys.has(place))
    .map((place) => describeUnknown(place, sourceOf));

  // Refinements run only where nothing else is wrong, so the unknown keys must be out of their way.
  const known = unrecognized.length === 0 ? raw : without(raw, unrecognized);
  const result = configSchema.safeParse(known);
  const found = flatten(result.error?.issues ?? [], known, [])
    .filter(({ place }) => !isCommandOfRefused(place, refused.problems))
    .map(({ issue, place }) => ({ source: sourceOf(place), place, message: describe(issue, place, known) }));
  const problems = [...refused.problems, ...secretHeaderProblems(raw, sourceOf), ...found];
  return {
    value: problems.length === 0 ? result.data : undefined,
    problems,
    unknownKeys,
  };
}

interface PlacedIssue {
  readonly issue: z.core.$ZodIssue;
  readonly place: Place;
}

/** Replaces the issue of a union by those of the one choice that the value was meant to be. */
function flatten(issues: readonly z.core.$ZodIssue[], raw: unknown, base: Place): PlacedIssue[] {
  return issues.flatMap((issue): PlacedIssue[] => {
    const place = [...base, ...issue.path];
    if (issue.code !== "invalid_union") return [{ issue, place }];
    const meant = meantChoice(issue.errors, valueAt(raw, place), place);
    return meant === undefined ? [{ issue, place }] : flatten(meant, raw, place);
  });
}

function meantChoice(
  choices: readonly (readonly z.core.$ZodIssue[])[],
  value: unknown,
  place: Place,
): readonly z.core.$ZodIssue[] | undefined {
  const isServer = place.length === 2 && place[0] === "mcp_servers";
  if (isServer) return choices[isHttpEntry(value) ? 1 : 0];
  return choices.find((choice) => !choice.some(({ code, path }) => isOtherKind(code, path)));
}

function isOtherKind(code: string | undefined, path: Place): boolean {
  return code === "invalid_type" && path.length === 0;
}

function findUnrecognized(issues: readonly PlacedIssue[]): Place[] {
  return issues.flatMap(({ issue, place }) =>
    issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...place, key]) : [],
  );
}

function describeUnknown(place: Place, sourceOf: SourceOf): UnknownKey {
  const nearest = nearestName(String(place.at(-1)), knownKeysAt(place.slice(0, -1)));
  const question = nearest === undefined ? "" : `; did you mean "${nearest}"?`;
  const source = sourceOf(place);
  return { source, place, message: `is not a key that this version knows${question}`, nearest };
}

function describe(issue: z.core.$ZodIssue, place: Place, known: unknown): string {
  const text = describeIssue(issue, valueAt(known, place));
  const isNoServer = isCommand(place) && text.startsWith("is missing");
  return isNoServer ? `${text}, or a url instead` : text;
}

/** A server with a misspelled `url` lacks its `command` on purpose; one complaint is enough. */
function isCommandOfRefused(place: Place, refused: readonly ConfigProblem[]): boolean {
  return isCommand(place) && refused.some((other) => other.place[1] === place[1]);
}

function isCommand(place: Place): boolean {
  return place.length === 3 && place[0] === "mcp_servers" && place[2] === "command";
}

function valueAt(raw: unknown, place: Place): unknown {
  let value = raw;
  for (const step of place) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  return value;
}

/** A copy without the given places; everything else is shared with the original, which stays as it is. */
function without(raw: unknown, places: readonly Place[]): unknown {
  const here = places.filter((place) => place.length > 0);
  if (typeof raw !== "object" || raw === null || here.length === 0) return raw;
  const keep = (key: PropertyKey, value: unknown): unknown =>
    without(
      value,
      here.filter((place) => place[0] === key).map((place) => place.slice(1)),
    );
  if (Array.isArray(raw)) return raw.map((item: unknown, index) => keep(index, item));
  const dropped = new Set(here.filter((place) => place.length === 1).map((place) => place[0]));
  return Object.fromEntries(
    Object.entries(raw)
      .filter(([key]) => !dropped.has(key))
      .map(([key, value]) => [key, keep(key, value)]),
  );
}
