import type { PathConvention } from "@fairlead/core";

/**
 * Appends the folders of a second PATH that the first one lacks. What comes first keeps its order and its spelling.
 * @param convention `windows` separates by semicolons and ignores case and a backslash at the end
 */
export function mergePaths(first: string, second: string, convention: PathConvention): string {
  const delimiter = convention === "windows" ? ";" : ":";
  const keyOf = (folder: string): string =>
    convention === "windows"
      ? folder
          .trim()
          .replace(/^"(.*)"$/, "$1")
          .replace(/\\+$/, "")
          .toLowerCase()
      : folder;
  const known = new Set(first.split(delimiter).map(keyOf));
  const added: string[] = [];
  for (const folder of second.split(delimiter)) {
    // An empty one means the current folder, which nobody is given who did not have it first.
    if (keyOf(folder) === "" || known.has(keyOf(folder))) continue;
    known.add(keyOf(folder));
    added.push(folder);
  }
  return [first, ...added].filter((part) => part !== "").join(delimiter);
}
