import { withAbsolutePaths } from "./absolute-paths.js";
import { type ConfigLayer, withValueAt } from "./config-layer.js";
import { parseOverride } from "./override.js";

/**
 * The layers of flags that set one place each: texts of `key=value` in their order, then features. Paths begin at the working
 * folder.
 * @throws FairleadError `usage` for a text of another form
 */
export function flagLayers(
  overrides: readonly string[],
  features: Readonly<Record<string, boolean>>,
): readonly ConfigLayer[] {
  const set = overrides.map(parseOverride).map(({ path, value }) => ({
    ...layerOf("--config", path, value),
    kind: "override" as const,
  }));
  const switched = Object.entries(features).map(([name, isOn]) => ({
    ...layerOf(`${isOn ? "--enable" : "--disable"} ${name}`, ["features", name], isOn),
    kind: "flag" as const,
  }));
  return [...set, ...switched];
}

function layerOf(flag: string, path: readonly string[], value: unknown): Omit<ConfigLayer, "kind"> {
  return {
    source: { file: flag, kind: "toml", lineOf: () => undefined },
    value: withAbsolutePaths(withValueAt({}, path, value), process.cwd()),
    sets: path,
  };
}
