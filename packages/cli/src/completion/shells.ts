import type { Completion } from "./complete-words.js";

/** The shells that there is completion for. */
export const shellNames = ["bash", "zsh", "fish", "powershell"] as const;

/** One of {@link shellNames}. */
export type ShellName = (typeof shellNames)[number];

/** What a shell gave of its command line, in our words. */
export interface ShellWords {
  readonly before: readonly string[];
  readonly current: string;
  /** What of the current word the shell leaves out of its candidates: bash parts words at `:` and `=`. */
  readonly cut: string;
}

/** Reads the words that a shell's script hands over: those before the cursor, and the one at it. */
export function readShellWords(shell: ShellName, words: readonly string[]): ShellWords {
  // PowerShell drops an argument that is empty, so its script puts a mark before the last one.
  const plain = shell === "powershell" ? [...words.slice(0, -1), (words.at(-1) ?? "=").slice(1)] : words;
  const joined = shell === "bash" ? joinAtBreaks(plain) : plain;
  const current = joined.at(-1) ?? "";
  const last = plain.at(-1) ?? "";
  const isBreak = shell === "bash" && breaks.test(last);
  const cut = shell === "bash" ? current.slice(0, current.length - (isBreak ? 0 : last.length)) : "";
  return { before: joined.slice(0, -1).map(unquote), current: unquote(current), cut };
}

/**
 * Writes what a shell's script reads: one candidate a line, and before them what else is to be done. Shells put a candidate
 * into the command line as it is, so one that would mean more there than a word is left out.
 */
export function formatCompletion(
  shell: ShellName,
  { candidates, also, isOpen }: Completion,
  cut: string,
): string {
  const directives = [...(also === "nothing" ? [] : [`:${also}`]), ...(isOpen ? [":open"] : [])];
  const lines = candidates
    .filter(({ value }) => isPlainWord(value))
    .map(({ value, description }) => {
      const words = description.replaceAll(/[\s\p{Cc}]+/gu, " ");
      if (shell === "bash") return value.startsWith(cut) ? value.slice(cut.length) : value;
      if (shell === "zsh") return `${value.replaceAll(":", "\\:")}${words === "" ? "" : `:${words}`}`;
      return words === "" ? value : `${value}\t${words}`;
    });
  return [...directives, ...lines].map((line) => `${line}\n`).join("");
}

/** Whether no shell does anything with a word. A colon at its beginning would tell our own scripts something. */
export function isPlainWord(word: string): boolean {
  return /^[\w./@+-][\w.:=/@+-]*$/.test(word);
}

/** Words that consist of what bash parts words at. */
const breaks = /^[:=]+$/;

/** Puts together again what bash took apart. It does not tell whether there was a blank, which nobody types there. */
function joinAtBreaks(words: readonly string[]): readonly string[] {
  const joined: string[] = [];
  let isOpen = false;
  for (const word of words) {
    const isBreak = breaks.test(word);
    if (joined.length > 0 && (isOpen || isBreak)) joined.push(`${joined.pop() ?? ""}${word}`);
    else joined.push(word);
    isOpen = isBreak;
  }
  return joined;
}

/** bash hands words over as they were typed. A quote that is not closed yet counts too. */
function unquote(word: string): string {
  if (/^'[^']*'?$/.test(word)) return word.replaceAll("'", "");
  if (/^"[^"]*"?$/.test(word)) return word.replaceAll('"', "");
  return word.replaceAll(/\\(.)/g, "$1");
}
