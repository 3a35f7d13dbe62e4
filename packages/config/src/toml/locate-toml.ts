import { scanToml, type TomlStatement } from "./scan-toml.js";

/**
 * Makes a finder for the line, counted from 1, where a value of a valid TOML text is written. For a value inside an
 * array or inline table it is the line where that begins; for a missing one, where the table around it does. The text is
 * only scanned when somebody asks.
 */
export function createTomlLocator(text: string): (place: readonly PropertyKey[]) => number | undefined {
  let statements: readonly TomlStatement[] | undefined;
  return (place) => {
    statements ??= scanToml(text);
    let best: { readonly start: number; readonly shared: number } | undefined;
    for (const { path, start } of statements) {
      const shared = sharedLength(path, place);
      if (shared > (best?.shared ?? 0)) best = { start, shared };
    }
    return best === undefined ? undefined : text.slice(0, best.start).split("\n").length;
  };
}

function sharedLength(path: readonly string[], place: readonly PropertyKey[]): number {
  const differs = path.findIndex((step, at) => step !== place[at]);
  return differs === -1 ? path.length : differs;
}
