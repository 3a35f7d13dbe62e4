/** A word as a POSIX shell and PowerShell take it from a line that is pasted. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./~-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A line to think about among those to paste: it does nothing there. */
export function note(text: string): string {
  return `# ${text.replaceAll("\n", " ")}`;
}

/** Puts lines to paste together. */
export function lines(...all: readonly (string | undefined)[]): string {
  return all.filter((line) => line !== undefined).join("\n");
}
