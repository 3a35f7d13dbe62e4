import { type Files, fromPathUri, type Launcher, type PathConvention, resolvePathUri } from "@fairlead/core";

/** The machine that a devbox works on. */
export interface DevboxMachine {
  readonly launcher: Launcher;
  readonly files: Files;
  readonly convention: PathConvention;
  /** Where commands run and relative paths begin, as a path URI. */
  readonly cwd: string;
}

/** Converts a path as an agent writes it, absolute or from the working folder. @throws FairleadError `path_invalid` */
export function toUri({ convention, cwd }: DevboxMachine, path: string): string {
  return resolvePathUri(path, cwd, convention);
}

/** Spells a path URI for an agent. */
export function toPath({ convention }: DevboxMachine, uri: string): string {
  return fromPathUri(uri, convention);
}
