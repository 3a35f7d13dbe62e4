import { posix, win32 } from "node:path";

/** What a search needs to know about the child: its environment and its absolute working directory. */
export interface SearchContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** What the C library searches where PATH is not set at all. */
const defaultPosixPath = "/usr/bin:/bin";

/** What can be started at all, in the order in which it is looked for where PATHEXT says nothing else. */
const startable = [".EXE", ".COM", ".CMD", ".BAT"];
/** Started through PowerShell, and only where there is nothing else. */
const lastResort = ".PS1";

/** The PATH of an environment; the system's own where it has none. */
export function pathVariable(env: SearchContext["env"]): string {
  return env["PATH"] ?? variable(env, "PATH") ?? defaultPosixPath;
}

/** The absolute files that a POSIX program name may mean, in the order of search. An empty PATH entry is the child's cwd. */
export function posixCandidates(name: string, { env, cwd }: SearchContext): string[] {
  if (name.includes("/")) return [posix.resolve(cwd, name)];
  const folders = pathVariable(env).split(":");
  return [...new Set(folders.map((folder) => posix.resolve(cwd, folder, name)))];
}

/**
 * The absolute files that a Windows program name may mean, in the order of search: the name itself only if it has an
 * extension that can be started, else with each of them: those of PATHEXT first, then the others, `.ps1` last. Unlike cmd.exe
 * the current folder is not searched, as it may be anyone's.
 */
export function windowsCandidates(name: string, { env, cwd }: SearchContext): string[] {
  const extensions = pathExtensions(env);
  const hasExtension = [...extensions, lastResort].includes(win32.extname(name).toUpperCase());
  const withAny = (each: readonly string[]): string[] =>
    each.map((extension) => name + extension.toLowerCase());
  const names = hasExtension ? [name] : withAny(extensions);
  const scripts = hasExtension ? [] : withAny([lastResort]);
  if (/[/\\]/.test(name)) return [...names, ...scripts].map((each) => win32.resolve(cwd, each));
  const folders = (variable(env, "PATH") ?? "").split(";").map(unquoted).filter(Boolean);
  const everywhere = (wanted: readonly string[]): string[] =>
    folders.flatMap((folder) => wanted.map((each) => win32.resolve(cwd, folder, each)));
  return [...everywhere(names), ...everywhere(scripts)];
}

/** Picks the file that a Windows program name means. @param exists tells whether a file is there */
export function findWindowsProgram(
  name: string,
  context: SearchContext,
  exists: (path: string) => boolean,
): string | undefined {
  return windowsCandidates(name, context).find((path) => exists(path));
}

function pathExtensions(env: SearchContext["env"]): string[] {
  const named = (variable(env, "PATHEXT") ?? "").split(";").map((each) => each.trim().toUpperCase());
  // It also names what needs another program, such as `.JS`, and may leave out what does not.
  return [...new Set([...named, ...startable])].filter((each) => startable.includes(each));
}

/** The names of variables are the same in any case on Windows. */
function variable(env: SearchContext["env"], name: string): string | undefined {
  return env[name] ?? Object.entries(env).find(([each]) => each.toUpperCase() === name)?.[1];
}

function unquoted(folder: string): string {
  return folder.trim().replace(/^"(.*)"$/, "$1");
}
