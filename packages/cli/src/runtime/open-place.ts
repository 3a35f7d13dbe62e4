import { homedir } from "node:os";
import { resolve } from "node:path";
import { type Files, fromPathUri, type PathConvention, resolvePathUri, toPathUri } from "@fairlead/core";
import { createFiles } from "@fairlead/machine";
import type { CommandContext } from "../commands/context.js";
import { isLocalExecutor } from "./is-local-executor.js";

/** Files of a machine, and how paths are spelled and begun there. */
export interface FilePlace {
  /** The executor's name; undefined for this machine. */
  readonly executor: string | undefined;
  readonly files: Files;
  readonly convention: PathConvention;
  /** Where a path begins that is not absolute, as that machine spells it. */
  readonly base: string;
}

/** The files of an executor, or of this machine, which opens all of them to the user who runs us. */
export async function openPlace(executor: string | undefined, context: CommandContext): Promise<FilePlace> {
  if (executor === undefined || isLocalExecutor(executor)) return localPlace(context.cwd);
  const { files, machine } = await context.pool.open(executor, context.signal);
  return { executor, files, convention: machine.pathConvention, base: machine.home };
}

/** A path as a person spells it there, as a path URI. @throws FairleadError `usage`, reason `path_invalid` */
export function uriIn(place: FilePlace, spelled: string): string {
  const { base, convention } = place;
  const separator = convention === "windows" ? "\\" : "/";
  const inHome = /^~(?:[/\\](.*))?$/s.exec(spelled);
  if (inHome !== null) return toPathUri([homeOf(place), inHome[1] ?? ""].join(separator), convention);
  return resolvePathUri(spelled, toPathUri(base, convention), convention);
}

/** A path as that machine spells it, with the machine in front where it is not this one. */
export function spell({ executor, convention }: FilePlace, uri: string): string {
  const path = fromPathUri(uri, convention);
  return executor === undefined ? path : `${executor}:${path}`;
}

function homeOf({ executor, base }: FilePlace): string {
  return executor === undefined ? homedir() : base;
}

function localPlace(cwd: string): FilePlace {
  const convention = process.platform === "win32" ? "windows" : "posix";
  return {
    executor: undefined,
    files: createFiles({ roots: "everything" }),
    convention,
    base: resolve(cwd),
  };
}
