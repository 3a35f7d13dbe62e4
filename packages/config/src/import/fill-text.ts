import { posix, win32 } from "node:path";
import { conventionOfSpelling } from "@fairlead/core";
import { isSecretValue, looksSecret } from "../secrets/looks-secret.js";
import { isSecretArgument } from "../secrets/secret-arguments.js";
import { isRandomText } from "../secrets/secret-shapes.js";
import type { LedgerWriter } from "./ledger.js";
import {
  describePart,
  parseReferences,
  partValue,
  type ReferenceSource,
  type TextPart,
} from "./references.js";

/** What values are taken over with. */
export interface ValueRules extends ReferenceSource {
  /** Whether references are filled in at all; a program that knows none has such texts as they are. */
  readonly references: "none" | "braced" | "bare";
  /** Whether literal secrets may be written into config.toml. */
  readonly copiesSecrets: boolean;
  /** What the server's own environment sets; programs such as mcp-remote fill that in by themselves. */
  readonly ownVariables: ReadonlySet<string>;
  /** Whether it goes to another machine, which knows nothing of the folders of this one. */
  readonly isElsewhere: boolean;
  /** The server's own name, which new names of variables begin with. */
  readonly server: string;
}

/** Cuts a text at its references, as far as the program that it is from knows any. */
export function partsOf(text: string, { references }: ValueRules): readonly TextPart[] {
  return references === "none" ? [text] : parseReferences(text, references === "bare");
}

/** Whether a text has anything to fill in. */
export function isPlain(parts: readonly TextPart[]): boolean {
  return parts.every((part) => typeof part === "string");
}

/** A text with its references filled in, or the first of them that nobody can fill in here. */
export function fillParts(
  parts: readonly TextPart[],
  rules: ValueRules,
): { readonly text: string } | { readonly missing: Exclude<TextPart, string> } {
  let text = "";
  for (const part of parts) {
    const value = partValue(part, rules);
    if (value !== undefined) text += value;
    else if (typeof part !== "string") return { missing: part };
  }
  return { text };
}

/** Whether what a reference stands for must be taken for a secret. */
export function isSecretPart(part: TextPart): boolean {
  if (typeof part === "string") return false;
  if (part.kind === "variable") return looksSecret(part.name, "a word");
  return part.kind === "input" || part.kind === "other";
}

/** What a text is, that config.toml can only have as it is. */
export interface FixedText {
  readonly key: string;
  readonly value: string;
  /** Of an argument, the one in front of it. */
  readonly before?: string | undefined;
}

/**
 * Fills in a text that config.toml cannot have by reference: a command, an argument, a folder or an address. Undefined,
 * with the problem told, where something is missing or the result would be a secret in the file.
 */
export function fillFixedText(
  { key, value, before }: FixedText,
  rules: ValueRules,
  ledger: LedgerWriter,
): string | undefined {
  const parts = partsOf(value, rules).map((part) => leftToProgram(part, { key, rules, ledger }));
  const filled = fillParts(parts, rules);
  if ("missing" in filled) {
    ledger.refuse(key, missingText(filled.missing));
    return undefined;
  }
  const { text } = filled;
  if (!rules.copiesSecrets && (parts.some(isSecretPart) || isSecretText(text, before))) {
    ledger.refuse(key, secretText);
    return undefined;
  }
  if (!isPlain(parts)) {
    const names = parts.filter((part) => typeof part !== "string").map(describePart);
    ledger.note(key, `filled in with what ${names.join(" and ")} is now`);
  }
  return text;
}

/** What stands in the way of a secret that cannot be named. */
export const secretText =
  "looks like a secret, which config.toml cannot have by reference here; copy it with --copy-secrets, or give it to the server in its environment";

/** A variable that only the server's own environment has is filled in by the program, so it stays as it is written. */
function leftToProgram(
  part: TextPart,
  { key, rules, ledger }: { readonly key: string; readonly rules: ValueRules; readonly ledger: LedgerWriter },
): TextPart {
  const isOwn = typeof part === "object" && part.kind === "variable" && rules.ownVariables.has(part.name);
  if (!isOwn || part.fallback !== undefined || partValue(part, rules) !== undefined) return part;
  ledger.note(key, `keeps \${${part.name}} for the program itself to fill in, from its environment`);
  return `\${${part.name}}`;
}

function isSecretText(text: string, before: string | undefined): boolean {
  // What is left to the program is a name, and no secret.
  const known = text.replaceAll(/\$\{[^}]*\}/g, "");
  return isSecretArgument(known, before) || isSecretValue(known) || isSecretAddress(known);
}

/**
 * Fills in a folder. Programs count one that is not absolute from the folder that they were started in; ours are started
 * anywhere, so it is counted from the project. On another machine there is nothing to count it from.
 */
export function fillFolder(text: FixedText, rules: ValueRules, ledger: LedgerWriter): string | undefined {
  // Filled in it would look like any full path.
  if (rules.isElsewhere && partsOf(text.value, rules).some(isFolderHere)) {
    ledger.refuse(text.key, elsewhereText);
    return undefined;
  }
  const folder = fillFixedText(text, rules, ledger);
  if (folder === undefined || conventionOfSpelling(folder) !== undefined) return folder;
  const { project, separator, userHome } = rules;
  const paths = separator === "\\" ? win32 : posix;
  if (rules.isElsewhere) {
    ledger.refuse(text.key, elsewhereText);
    return undefined;
  }
  if (/^~(?:[\\/]|$)/.test(folder)) return paths.join(userHome, folder.slice(1));
  if (project === undefined) {
    ledger.refuse(
      text.key,
      "is counted from the folder that the client is started in: say which that is, with --project FOLDER",
    );
    return undefined;
  }
  ledger.note(text.key, `counted from ${project}`);
  return paths.resolve(project, folder);
}

/** Whether a part stands for a folder of this machine, whatever it is. */
function isFolderHere(part: TextPart): boolean {
  if (typeof part === "string") return false;
  if (part.kind === "variable") return part.name === "CLAUDE_PROJECT_DIR";
  return part.kind === "place" && !["pathSeparator", "/", "workspaceFolderBasename"].includes(part.name);
}

const elsewhereText =
  "is counted from a folder of this machine, which the executor's does not have: write the full path there into their file for the import";

function missingText(part: Exclude<TextPart, string>): string {
  if (part.kind === "place")
    return `needs ${describePart(part)}: say which folder that is, with --project FOLDER`;
  if (part.kind === "variable") return `needs ${describePart(part)}, which is not set here`;
  return `needs ${describePart(part)}, and nothing here can fill it in; write the value into their file for the import`;
}

/** Whether an address carries a key, in its query or as a part of its path that nobody could guess. */
function isSecretAddress(text: string): boolean {
  if (!/^https?:\/\//i.test(text)) return false;
  const [path = "", query = ""] = text.split("?", 2);
  if (path.split("/").slice(3).some(isRandomText)) return true;
  return query.split("&").some((pair) => {
    const [, name = "", value = ""] = /^([^=]*)=(.*)$/s.exec(pair) ?? [];
    return value !== "" && /key|token|secret|passw|auth|sig|cred/i.test(name);
  });
}
