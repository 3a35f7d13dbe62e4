import { shellLine } from "@fairlead/core";

/** The shells whose language lines to paste are in. */
export type Shell = "posix" | "powershell";

/** The shell of this machine, into which lines are pasted that say nothing else. */
export const hostShell: Shell = process.platform === "win32" ? "powershell" : "posix";

/** A word as a shell takes it from a line that is pasted. @param shell default: that of this machine */
export function shellWord(text: string, shell: Shell = hostShell): string {
  if (shell === "posix") return shellLine([text]);
  // PowerShell takes a bare `--` and what follows a dot in a flag away, and typographic quotes for quotes.
  return /^(?:--?[A-Za-z][\w-]*|[\w./:\\][\w./:\\-]*)$/.test(text)
    ? text
    : `'${text.replaceAll(/['\u2018-\u201b]/g, "$&$&")}'`;
}

/** A command as a shell takes it from a line that is pasted. @param shell default: that of this machine */
export function commandLine(argv: readonly string[], shell: Shell = hostShell): string {
  if (shell === "posix") return shellLine(argv);
  const [program = "", ...args] = argv;
  const first = shellWord(program, shell);
  // A quoted first word is a text to PowerShell unless it is called.
  const called = first !== program ? `& ${first}` : first;
  return [called, ...args.map((arg) => shellWord(arg, shell))].join(" ");
}

/** A line to think about among those to paste: it does nothing there. */
export function note(text: string): string {
  return `# ${text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ")}`;
}

/** Whether a shell can set a variable of that name, and reads nothing else into it. */
export function isShellName(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name);
}

/** How a variable is set whose value only a person knows. Nothing to paste: VALUE as it stands would hide that it is not set. */
export function variableNote(name: string, shell: Shell = hostShell): string {
  if (!isShellName(name)) return note(`${name} cannot be set by a shell, only by what starts the program`);
  return note(shell === "posix" ? `export ${name}=VALUE` : `$env:${name} = 'VALUE'`);
}

/** Puts lines to paste together. */
export function lines(...all: readonly (string | undefined)[]): string {
  return all.filter((line) => line !== undefined).join("\n");
}
