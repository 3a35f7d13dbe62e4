import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { FairleadError } from "@fairlead/core";
import type { ConsoleStarter } from "./start-console.js";

/**
 * The native half of the library. Its other half is not used on Unix: that one closes the terminal 200 ms after the exit
 * whether its output was read or not, tells the exit late, and its write() blocks for ever or spins on a child that does
 * not read.
 */
export interface PtyLibrary {
  /** Makes a pair; `pty` is the path of the program's end. Both descriptors do not block. */
  open(
    columns: number,
    rows: number,
  ): { readonly master: number; readonly slave: number; readonly pty: string };
  /** Starts a program in a terminal, as leader of a session of its own. */
  fork(...request: ForkRequest): { readonly fd: number; readonly pid: number; readonly pty: string };
  resize(fd: number, columns: number, rows: number): void;
}

/** Everything that {@link PtyLibrary.fork} takes, in its order. */
export type ForkRequest = readonly [
  program: string,
  args: readonly string[],
  /** `NAME=value` each. */
  env: readonly string[],
  cwd: string,
  columns: number,
  rows: number,
  /** -1: ours. */
  userId: number,
  groupId: number,
  isUtf8: boolean,
  /** A program beside the library, for macOS. */
  helperPath: string,
  /** The signal is 0 where none ended it. */
  onExit: (code: number, signal: number) => void,
];

/** The library, and where the helper that macOS needs lies. */
export interface LoadedLibrary {
  readonly library: PtyLibrary;
  readonly helperPath: string;
}

/** A file that is looked for from the folder of another. */
export interface LibraryPlace {
  readonly from: string;
  readonly file: string;
}

/** Where the packages that are known to work keep the file; the first that loads is taken. */
const knownPlaces: readonly LibraryPlace[] = [
  {
    from: "@lydell/node-pty/package.json",
    file: `@lydell/node-pty-${process.platform}-${process.arch}/pty.node`,
  },
  { from: "node-pty/package.json", file: "node-pty/build/Release/pty.node" },
  { from: "node-pty/package.json", file: `node-pty/prebuilds/${process.platform}-${process.arch}/pty.node` },
];

let loaded: Promise<LoadedLibrary> | undefined;

/**
 * Loads the library when the first terminal is wanted.
 * @throws FairleadError `unavailable`, reason `feature_missing`, where it is not installed or not made for this machine
 */
export function loadPtyLibrary(): Promise<LoadedLibrary> {
  loaded ??= findPtyLibrary(knownPlaces);
  return loaded;
}

/**
 * Loads the half for Windows that the library itself loads only at the first console: without it a package that is there
 * can do nothing.
 * @throws Error where it is not installed or not made for this machine
 */
export async function loadConsoleLibrary(): Promise<ConsoleStarter> {
  const own = createRequire(import.meta.url);
  const from = createRequire(own.resolve("@lydell/node-pty/package.json"));
  const library: unknown = from(`@lydell/node-pty-${process.platform}-${process.arch}/conpty.node`);
  if (isStarter(library)) return library;
  throw new Error("conpty.node has other functions than expected");
}

/** The error for a terminal that cannot be had here. */
export function ptyMissingError(cause: unknown): FairleadError {
  return new FairleadError(
    "unavailable",
    "There are no pseudo terminals here: the optional package @lydell/node-pty is missing or not made for this machine. Install it, or start with pipes",
    { cause, reason: "feature_missing", effect: "none", details: { feature: "pty" } },
  );
}

/** Loads the first that can be. @throws FairleadError `unavailable`, reason `feature_missing` */
export async function findPtyLibrary(places: readonly LibraryPlace[]): Promise<LoadedLibrary> {
  const causes: unknown[] = [];
  for (const { from, file } of places) {
    try {
      const own = createRequire(import.meta.url);
      // The file belongs to a dependency of the package, so it is looked for from there.
      const path = createRequire(own.resolve(from)).resolve(file);
      const library: unknown = own(path);
      if (isLibrary(library)) return { library, helperPath: join(dirname(path), "spawn-helper") };
      causes.push(new Error(`${file} has other functions than expected`));
    } catch (cause) {
      causes.push(cause);
    }
  }
  throw ptyMissingError(new AggregateError(causes, "No pseudo terminal library could be loaded"));
}

function isStarter(value: unknown): value is ConsoleStarter {
  return typeof value === "object" && value !== null && "connect" in value;
}

function isLibrary(value: unknown): value is PtyLibrary {
  if (typeof value !== "object" || value === null) return false;
  const functions: Partial<Record<keyof PtyLibrary, unknown>> = value;
  return [functions.open, functions.fork, functions.resize].every((each) => typeof each === "function");
}
