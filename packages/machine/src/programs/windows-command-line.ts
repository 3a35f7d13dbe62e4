import { win32 } from "node:path";
import { FairleadError } from "@fairlead/core";

/** What the system is given: a program and its arguments, joined by spaces just as they are where `isVerbatim`. */
export interface WindowsCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Whether the arguments are quoted already, by the rules of the program that reads them. */
  readonly isVerbatim: boolean;
}

/** The longest line that cmd.exe reads, in characters. */
const longestLine = 8_191;
/** What neither cmd.exe nor the way in which Windows programs split a line treats in any way. */
const harmless = /^[A-Za-z0-9#$*+\-./:?@\\_]+$/;
/** Stands for nothing; behind a percent sign it keeps cmd.exe from taking that one as the begin of a name. */
const nothing = "%cd:~,%";

/**
 * Says how a file is started on Windows, where the system itself starts only programs: `.cmd` and `.bat` by cmd.exe, `.ps1` by
 * PowerShell. Both are those of the system, whatever the child's environment names. The one text of a `cmd.exe … /s /c TEXT` is a
 * line for that shell, with its own quotes, and reaches it as it is.
 * @param own the environment of this machine, which says where the system is
 * @throws FairleadError `usage`, reason `argument_invalid`, for an argument that cmd.exe cannot be given;
 * `resource_exhausted`, reason `limit_reached`, for a line that is longer than it reads
 */
export function toWindowsCommand(
  file: string,
  args: readonly string[],
  own: Readonly<Record<string, string | undefined>>,
): WindowsCommand {
  const system = win32.join(systemRoot(own), "System32");
  switch (windowsExtension(file)) {
    case ".cmd":
    case ".bat":
      return {
        program: win32.join(system, "cmd.exe"),
        args: ["/d", "/e:on", "/v:off", "/s", "/c", `"${batchLine(file, args)}"`],
        isVerbatim: true,
      };
    case ".ps1":
      return {
        program: win32.join(system, "WindowsPowerShell", "v1.0", "powershell.exe"),
        args: ["-NoLogo", "-NoProfile", "-ExecutionPolicy", "Bypass", "-File", file, ...args],
        isVerbatim: false,
      };
    default: {
      const line = shellLineOf(file, args);
      if (line === undefined) return { program: file, args, isVerbatim: false };
      return {
        program: file,
        args: [...args.slice(0, -1), `"${checkedLine(file, line)}"`],
        isVerbatim: true,
      };
    }
  }
}

/** What cmd.exe is to run, where `/s` tells it to take away the first and last quote only, and nothing follows. */
function shellLineOf(file: string, args: readonly string[]): string | undefined {
  if (!/^cmd(?:\.exe)?$/i.test(win32.basename(file))) return undefined;
  const flags = args.slice(0, -1).map((flag) => flag.toLowerCase());
  const areFlags = flags.every((flag) => /^\/[a-z](?::[a-z0-9]+)?$/.test(flag));
  return areFlags && flags.includes("/s") && flags.at(-1) === "/c" ? args.at(-1) : undefined;
}

/** The extension by which Windows goes, in lower case: dots and blanks at the end of a name mean nothing to it. */
export function windowsExtension(file: string): string {
  return win32.extname(file.replace(/[. ]+$/, "")).toLowerCase();
}

/** The line that cmd.exe reads. The batch file and whatever it starts get every argument as it is. */
function batchLine(file: string, args: readonly string[]): string {
  const index = args.findIndex((argument) => /[\r\n\0]/.test(argument));
  if (index >= 0) throw unquotable(file, index);
  return checkedLine(
    file,
    [quoted(file), ...args.map((argument) => quotedUnlessHarmless(argument))].join(" "),
  );
}

function checkedLine(file: string, line: string): string {
  if (line.length > longestLine) throw tooLong(file, line.length);
  return line;
}

function quotedUnlessHarmless(argument: string): string {
  // A backslash at the end would become part of what comes behind it.
  return harmless.test(argument) && !argument.endsWith("\\") ? argument : quoted(argument);
}

/**
 * Quotes for two readers at once. cmd.exe: nothing between quotes means anything but the percent sign, and a doubled quote
 * leaves it between quotes. The program behind it: a doubled quote is a quote, and backslashes count before quotes only.
 */
function quoted(text: string): string {
  const inner = text
    .replace(/(\\*)"/g, '$1$1""')
    .replace(/(\\+)$/, "$1$1")
    .replaceAll("%", `%${nothing}`);
  return `"${inner}"`;
}

function systemRoot(own: Readonly<Record<string, string | undefined>>): string {
  const named = Object.entries(own).find(([name]) => /^(?:systemroot|windir)$/i.test(name))?.[1];
  return named === undefined || named === "" ? "C:\\Windows" : named;
}

function unquotable(file: string, index: number): FairleadError {
  return new FairleadError(
    "usage",
    `Argument ${index + 1} of ${file} holds a line break, which cmd.exe cannot pass to a batch file. Remove it, or start the program behind the batch file`,
    { reason: "argument_invalid", effect: "none", details: { program: file, argument: index + 1 } },
  );
}

function tooLong(file: string, length: number): FairleadError {
  return new FairleadError(
    "resource_exhausted",
    `The command line of ${file} has ${length} characters; cmd.exe reads ${longestLine}. Pass large values in a file`,
    { reason: "limit_reached", effect: "none", details: { program: file, length, limit: longestLine } },
  );
}
