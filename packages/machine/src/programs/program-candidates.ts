import { posix, win32 } from "node:path";

/** What a search needs to know about the child: its environment and its absolute working directory. */
export interface SearchContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** What the C library searches where PATH is not set at all. */
const defaultPosixPath = "/usr/bin:/bin";

const defaultPathExtensions = ".EXE;.COM;.CMD;.BAT";

/** The PATH of an environment, whatever its spelling; the system's own where it has none. */
export function pathVariable(env: SearchContext["env"]): string {
  return env["PATH"] ?? env["Path"] ?? defaultPosixPath;
}

/** The absolute files that a POSIX program name may mean, in the order of search. An empty PATH entry is the child's cwd. */
export function posixCandidates(name: string, { env, cwd }: SearchContext): string[] {
  if (name.includes("/")) return [posix.resolve(cwd, name)];
  const folders = pathVariable(env).split(":");
  return [...new Set(folders.map((folder) => posix.resolve(cwd, folder, name)))];
}

/**
 * The absolute files that a Windows program name may mean, in the order of search: the name itself only if it has an
 * extension of PATHEXT, else with each of them. Unlike cmd.exe the current folder is not searched, as it may be anyone's.
 */
export function windowsCandidates(name: string, { env, cwd }: SearchContext): string[] {
  const extensions = pathExtensions(env);
  const hasExtension = extensions.includes(win32.extname(name).toUpperCase());
  const names = hasExtension ? [name] : extensions.map((extension) => `${name}${extension.toLowerCase()}`);
  if (/[/\\]/.test(name)) return names.map((each) => win32.resolve(cwd, each));
  const folders = (env["PATH"] ?? env["Path"] ?? "").split(";").map(unquoted).filter(Boolean);
  return folders.flatMap((folder) => names.map((each) => win32.resolve(cwd, folder, each)));
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
  const named = env["PATHEXT"] ?? env["PathExt"] ?? "";
  const extensions = (named === "" ? defaultPathExtensions : named).toUpperCase().split(";");
  return extensions.filter((extension) => extension.startsWith(".") && extension.length > 1);
}

function unquoted(folder: string): string {
  return folder.trim().replace(/^"(.*)"$/, "$1");
}
