import type { Environment } from "../load/expand-variables.js";

/** A text of another program's configuration, cut where something is to be filled in. */
export type TextPart =
  | string
  /** An environment variable. */
  | { readonly kind: "variable"; readonly name: string; readonly fallback?: string }
  /** Something that an editor asks its user for. */
  | { readonly kind: "input"; readonly id: string }
  /** A folder, or what else the program knows by itself. */
  | { readonly kind: "place"; readonly name: string }
  /** What nobody but that program can fill in, as it was written. */
  | { readonly kind: "other"; readonly text: string };

/** What texts are filled in with. */
export interface ReferenceSource {
  readonly env: Environment;
  readonly userHome: string;
  /** The folder that the configuration belongs to; undefined where it is that of all folders. */
  readonly project?: string | undefined;
  readonly separator: "/" | "\\";
}

/**
 * Cuts a text at its references: `${VAR}`, `${VAR:-default}`, `${env:VAR}`, `${input:ID}`, and the folders that editors know.
 * @param bare whether `$VAR` is one too, as it is for Gemini
 * @see https://code.claude.com/docs/en/mcp (environment variable expansion in .mcp.json)
 * @see https://code.visualstudio.com/docs/reference/variables-reference
 * @see https://cursor.com/docs/mcp.md (config interpolation)
 * @see https://github.com/google-gemini/gemini-cli/blob/main/docs/tools/mcp-server.md
 */
export function parseReferences(text: string, bare = false): readonly TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  for (const match of text.matchAll(bare ? bareOrBraced : braced)) {
    if (match.index > from) parts.push(text.slice(from, match.index));
    from = match.index + match[0].length;
    const [whole, inner, name] = match;
    parts.push(name === undefined ? toPart(inner ?? "", whole) : { kind: "variable", name });
  }
  return from < text.length ? [...parts, text.slice(from)] : parts;
}

/** The value of a part; undefined where it is not known here. */
export function partValue(part: TextPart, source: ReferenceSource): string | undefined {
  if (typeof part === "string") return part;
  if (part.kind === "place") return placeValue(part.name, source);
  if (part.kind !== "variable") return undefined;
  const { env, project } = source;
  const value = Object.hasOwn(env, part.name) ? env[part.name] : undefined;
  // Claude Code sets this one for the programs that it starts.
  const known = value === undefined && part.name === "CLAUDE_PROJECT_DIR" ? project : value;
  if (part.fallback === undefined) return known;
  return known === undefined || known === "" ? part.fallback : known;
}

/** What a part is, for people; never its value. */
export function describePart(part: Exclude<TextPart, string>): string {
  if (part.kind === "variable") return `the environment variable ${part.name}`;
  if (part.kind === "input") return `the input ${part.id}, which the editor asks for,`;
  return part.kind === "place" ? `\${${part.name}}` : part.text;
}

/** A variable's name made of words: `api-key` → `API_KEY`. */
export function toVariableName(...words: readonly string[]): string {
  const name = words
    .join("_")
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll(/[^A-Za-z0-9]+/g, "_");
  const trimmed = name.replaceAll(/^_+|_+$/g, "").toUpperCase();
  return /^\d/.test(trimmed) ? `_${trimmed}` : trimmed;
}

const braced = /\$\{([^}]*)\}/g;
const bareOrBraced = /\$\{([^}]*)\}|\$([A-Za-z_]\w*)/g;

const places: ReadonlySet<string> = new Set([
  "workspaceFolder",
  "workspaceRoot",
  "workspaceFolderBasename",
  "userHome",
  "pathSeparator",
  "/",
]);

function toPart(inner: string, whole: string): TextPart {
  if (places.has(inner)) return { kind: "place", name: inner };
  const [, id] = /^input:(.+)$/s.exec(inner) ?? [];
  if (id !== undefined) return { kind: "input", id };
  const match = /^(?:env:)?([A-Za-z_][A-Za-z0-9_().]*)(?::-(.*))?$/s.exec(inner);
  const [, name, fallback] = match ?? [];
  if (name === undefined) return { kind: "other", text: whole };
  return { kind: "variable", name, ...(fallback === undefined ? {} : { fallback }) };
}

function placeValue(name: string, { userHome, project, separator }: ReferenceSource): string | undefined {
  switch (name) {
    case "userHome":
      return userHome;
    case "pathSeparator":
    case "/":
      return separator;
    case "workspaceFolderBasename":
      return project?.split(/[\\/]/).findLast((part) => part !== "");
    default:
      return project;
  }
}
