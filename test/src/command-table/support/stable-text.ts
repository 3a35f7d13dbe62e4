import { hostname } from "node:os";
import { workspaceRoot } from "@fairlead/testkit";

/** Texts of one run that stand for something, such as a temporary folder. */
export type Names = Readonly<Record<string, string>>;

/** Members of JSON whose values are another one each time. */
const volatile =
  /"((?:\w*(?:Ms|Bytes|At)|pid|scannedCount|skippedCount|score|hostname|os|arch|node|shell|home|version|executorVersion|installationId|bootId|sessions|processes|name))":("[^"]*"|-?[\d.]+)/g;

/** What is another text each time, on another machine or in another version. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [/\/tmp\/fl-[a-z]-[A-Za-z0-9]{6}/g, "<folder>"],
  [/\b\d+ ms\b/g, "<n> ms"],
  [/\b\d+ (s|min|h|d)\b/g, "<n> $1"],
  [/\b[\d.]+ ([KMG]iB)\b/g, "<n> $1"],
  [/127\.0\.0\.1:\d+/g, "127.0.0.1:<port>"],
  [/(?<![\d.])\d+\.\d+\.\d+(?!\.?\d)/g, "<version>"],
  [/shell \/\S+/g, "shell <shell>"],
  // Who else looks at the machine at that moment counts too.
  [/sessions \d+, processes \d+/g, "sessions <n>, processes <n>"],
];

/** A text with everything replaced that is no matter of the command line. */
export function stableText(text: string, names: Names): string {
  let result = text;
  for (const [found, name] of [...Object.entries(names), ...ownNames()].toSorted(byLength)) {
    if (found !== "") result = result.replaceAll(found, name);
  }
  for (const [pattern, name] of patterns) result = result.replaceAll(pattern, name);
  return result;
}

/** One line of JSON, laid out so that a change can be read. */
export function stableJson(line: string, names: Names): string {
  if (!/^[^\n]*\n$/.test(line)) return `not one line: ${JSON.stringify(line)}`;
  const replaced = line.replaceAll(volatile, (whole, key: string, value: string) =>
    key === "name" && !value.includes(hostname()) ? whole : `"${key}":"<${typeOf(value)}>"`,
  );
  return `${stableText(JSON.stringify(JSON.parse(replaced), undefined, 1), names)}\n`;
}

function typeOf(value: string): string {
  return value.startsWith('"') ? "text" : "number";
}

function ownNames(): readonly (readonly [string, string])[] {
  return [
    [workspaceRoot(), "<repository>"],
    [process.execPath, "<node>"],
    [hostname(), "<machine>"],
    [process.env["PATH"] ?? "", "<PATH>"],
    [`${process.platform} ${process.arch}`, "<os> <arch>"],
  ];
}

/** What is longer first, because one may be a part of the other. */
function byLength([one]: readonly [string, string], [other]: readonly [string, string]): number {
  return other.length - one.length;
}
