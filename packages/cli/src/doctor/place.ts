import { commandLine, type Shell } from "./shell-words.js";

/** A machine that lines to paste are about. */
export interface Place {
  /** The executor on it; undefined: this machine. */
  readonly executor?: string;
  readonly isWindows: boolean;
}

/** A place in words. */
export function placeName({ executor }: Place): string {
  return executor ?? "this machine";
}

/** A command for a place, as it is pasted here. */
export function commandAt({ executor }: Place, argv: readonly string[], shell?: Shell): string {
  if (executor === undefined) return commandLine(argv, shell);
  return commandLine(["fairlead", "run", "--executor", executor, "--", ...argv], shell);
}

/** Tells where a program is on a place, as a command. */
export function findProgramAt(place: Place, program: string, shell?: Shell): string {
  if (place.isWindows) return commandAt(place, ["where.exe", program], shell);
  return place.executor === undefined
    ? commandLine(["command", "-v", "--", program], shell)
    : commandAt(place, ["sh", "-c", commandLine(["command", "-v", "--", program], "posix")], shell);
}

/** Makes a folder on a place, as a command. */
export function makeFolderAt(place: Place, folder: string, shell?: Shell): string {
  if (!place.isWindows) return commandAt(place, ["mkdir", "-p", "--", folder], shell);
  const words = ["New-Item", "-ItemType", "Directory", "-Force", "-Path", folder];
  const line = commandLine(words, "powershell");
  if (place.executor === undefined) return line;
  return commandAt(place, ["powershell.exe", "-NoProfile", "-Command", line], shell);
}
