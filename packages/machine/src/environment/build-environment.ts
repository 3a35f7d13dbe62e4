import { posix, win32 } from "node:path";
import {
  defaultExecutorLimits,
  type EnvironmentSpec,
  FairleadError,
  type PathConvention,
} from "@fairlead/core";
import { baseNames, certificateNames, isLoaderName, isOwnName } from "./environment-names.js";

/** An environment as Node gives it: names and values; an undefined value is not set. */
export type EnvironmentValues = Readonly<Record<string, string | undefined>>;

/** What building an environment depends on beside its sources; told, so that every system's rules are testable on any. */
export interface EnvironmentPlatform {
  /** `windows` makes names case-insensitive. */
  readonly convention: PathConvention;
  /** The absolute folder against which relative certificate paths of the base are completed. */
  readonly folder: string;
  /** What the profile of the user's shell sets: above the base, also where names are inherited. @default nothing */
  readonly profile?: EnvironmentValues | undefined;
  /** Of what a launch adds to the base, names and values together. @default 128 KiB, the executor's limit */
  readonly limitBytes?: number;
}

/**
 * Makes a child's complete environment: the allow-listed part of the base, what a profile sets, the names it inherits from
 * both, then what is set.
 * Variables that choose what code is loaded come only when asked for by name; our own tokens never.
 * @throws FairleadError `usage`/`argument_invalid` for an impossible name or value; `resource_exhausted`/`limit_reached`
 */
export function buildEnvironment(
  spec: EnvironmentSpec | undefined,
  base: EnvironmentValues,
  platform: EnvironmentPlatform,
): Record<string, string> {
  const keyOf = keyFor(platform.convention);
  const result = new Map<string, readonly [name: string, value: string]>();
  const source = new Map<string, readonly [name: string, value: string]>();
  for (const [name, value] of Object.entries(base)) {
    if (value !== undefined) source.set(keyOf(name), [name, value]);
  }
  for (const [key, [name, value]] of source) {
    if (isBaseName(key, platform.convention)) result.set(key, [name, absoluteIfPath(key, value, platform)]);
  }
  for (const [name, value] of Object.entries(platform.profile ?? {})) {
    if (value === undefined) continue;
    source.set(keyOf(name), [name, value]);
    if (!isLoaderName(name)) result.set(keyOf(name), [name, value]);
  }
  const added = new Map<string, readonly [name: string, value: string]>();
  for (const name of spec?.inherit ?? []) {
    checkName(name);
    const found = source.get(keyOf(name));
    if (found !== undefined) added.set(keyOf(name), [name, found[1]]);
  }
  for (const [name, value] of Object.entries(spec?.set ?? {})) {
    checkName(name);
    checkValue(name, value);
    added.set(keyOf(name), [name, value]);
  }
  checkSize(added.values(), platform.limitBytes ?? defaultExecutorLimits.environmentBytes);
  return finish(new Map([...result, ...added]), platform);
}

/** The base counts for nothing: a client does not know it, and could not make it smaller. */
function checkSize(variables: Iterable<readonly [name: string, value: string]>, limitBytes: number): void {
  let sizeBytes = 0;
  for (const [name, value] of variables) sizeBytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  if (sizeBytes > limitBytes) throw tooLarge(sizeBytes, limitBytes);
}

function finish(
  variables: ReadonlyMap<string, readonly [name: string, value: string]>,
  platform: EnvironmentPlatform,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [key, [name, value]] of variables) {
    if (isOwnName(key)) continue;
    setOwn(environment, platform.convention === "windows" && key === "PATH" ? "PATH" : name, value);
  }
  const path = environment["PATH"];
  if (platform.convention === "windows" && path !== undefined) environment["Path"] = path;
  return environment;
}

/** A variable may be called `__proto__`; plain assignment would lose it. */
function setOwn(target: Record<string, string>, name: string, value: string): void {
  Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
}

function keyFor(convention: PathConvention): (name: string) => string {
  return convention === "windows" ? (name) => name.toUpperCase() : (name) => name;
}

function isBaseName(key: string, convention: PathConvention): boolean {
  const { names, prefixes } = baseNames[convention];
  if (isLoaderName(key)) return false;
  return names.includes(key) || prefixes.some((prefix) => key.startsWith(prefix));
}

function absoluteIfPath(key: string, value: string, platform: EnvironmentPlatform): string {
  if (value === "" || !(certificateNames as readonly string[]).includes(key)) return value;
  const path = platform.convention === "windows" ? win32 : posix;
  const parts = key === "SSL_CERT_DIR" ? value.split(path.delimiter) : [value];
  return parts.map((part) => path.resolve(platform.folder, part)).join(path.delimiter);
}

function checkName(name: string): void {
  if (name !== "" && !/[=\0]/.test(name)) return;
  throw invalid(
    `The environment variable name ${JSON.stringify(name)} is impossible. Use letters, digits and _`,
  );
}

function checkValue(name: string, value: string): void {
  // A lone surrogate is no character: it would come out as something else than was said.
  if (typeof value === "string" && !/[\0\p{Surrogate}]/u.test(value)) return;
  throw invalid(
    `The value of the environment variable ${name} is not text without NUL characters. Remove them`,
  );
}

function invalid(message: string): FairleadError {
  return new FairleadError("usage", message, { reason: "argument_invalid", effect: "none" });
}

function tooLarge(sizeBytes: number, limitBytes: number): FairleadError {
  return new FairleadError(
    "resource_exhausted",
    `The environment that the launch adds has ${sizeBytes} bytes; at most ${limitBytes} are allowed. Pass large values in a file`,
    {
      reason: "limit_reached",
      effect: "none",
      details: { limit: "environmentBytes", sizeBytes, limitBytes },
    },
  );
}
