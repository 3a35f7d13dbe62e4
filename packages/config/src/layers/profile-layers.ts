import { FairleadError } from "@fairlead/core";
import type { ConfigProblem } from "../problems/config-problem.js";
import { didYouMean } from "../problems/nearest-name.js";
import { type ConfigLayer, isTable, type Table, valueAt } from "./config-layer.js";

/** The names of all profiles that there are in files. */
export function profileNames(files: readonly ConfigLayer[]): readonly string[] {
  const names = files.flatMap(({ value }) => {
    const profiles = value["profiles"];
    return isTable(profiles) ? Object.keys(profiles) : [];
  });
  return [...new Set(names)];
}

/**
 * The layers of one profile, one for each file that has it, in their order.
 * @throws FairleadError `not_found`, reason `argument_invalid`, with the names that are known
 */
export function profileLayers(
  files: readonly ConfigLayer[],
  name: string,
): { readonly layers: readonly ConfigLayer[]; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const layers = files.flatMap(({ source, value }): readonly ConfigLayer[] => {
    const place = ["profiles", name];
    const table = valueAt(value, place);
    if (!isTable(table)) return [];
    const own = {
      ...source,
      prefix: place,
      lineOf: (inner: readonly PropertyKey[]) => source.lineOf([...place, ...inner]),
    };
    if (Object.hasOwn(table, "profiles")) {
      problems.push({ source: own, place: ["profiles"], message: "cannot stand inside a profile" });
    }
    return [{ kind: "profile", source: own, value: withoutProfiles(table) }];
  });
  if (layers.length > 0) return { layers, problems };
  const known = profileNames(files);
  const list = known.length === 0 ? "none is configured" : `known are ${known.join(", ")}`;
  throw new FairleadError(
    "not_found",
    `There is no profile ${JSON.stringify(name)}; ${list}.${didYouMean(name, known)}`,
    { reason: "argument_invalid", effect: "none", details: { profile: name } },
  );
}

function withoutProfiles(table: Table): Table {
  return Object.fromEntries(Object.entries(table).filter(([key]) => key !== "profiles"));
}
