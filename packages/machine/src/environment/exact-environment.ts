import { readFileSync } from "node:fs";
import { FairleadError } from "@fairlead/core";
import type { EnvironmentValues } from "./build-environment.js";
import { fromSystemBytes, hasRawBytes } from "./raw-text.js";

/** What Node puts in the place of bytes that are no UTF-8. */
const replacement = "\ufffd";

/**
 * This process's environment with the values that Node cannot read, because they are not UTF-8, as they really are; see
 * `raw-text.ts`. Only Linux shows them. Costs a file only where there may be such a value.
 * @param env values that are this process's own are completed; others stay. @default all of this process's
 */
export function exactEnvironment(env: EnvironmentValues = process.env): EnvironmentValues {
  const doubtful = doubtfulNames(env);
  if (doubtful.length === 0 || process.platform !== "linux") return env;
  const values = readOwnValues();
  if (values === undefined) return env;
  const exact = { ...env };
  for (const name of doubtful) exact[name] = values.get(name) ?? exact[name];
  return exact;
}

/**
 * Sees to it that nobody gets a value that Node changed: there are systems that do not show what it was.
 * @param env the environment of a child. @param own where it was taken from, after {@link exactEnvironment}
 * @throws FairleadError `usage`, reason `argument_invalid`, naming the variable
 */
export function refuseReplacedValues(
  env: Readonly<Record<string, string>>,
  own: EnvironmentValues,
  platform: NodeJS.Platform = process.platform,
): void {
  // Windows keeps its variables in another encoding, so what is read there was written.
  if (platform === "win32" || (platform === "linux" && readOwnValues() !== undefined)) return;
  const name = Object.keys(env).find((each) => env[each]?.includes(replacement) && own[each] === env[each]);
  if (name === undefined) return;
  throw new FairleadError(
    "usage",
    `The environment variable ${name} of this machine holds bytes that are no UTF-8, and they cannot be passed on here. Change its value, or set another for this program`,
    { reason: "argument_invalid", effect: "none", details: { variable: name } },
  );
}

/**
 * Whether a value of this process's environment holds bytes that are no UTF-8, so that what Node tells is not what it is. Where
 * the system does not show it, a value that may be one counts as one.
 */
export function isReplacedValue(name: string, value: string): boolean {
  if (process.platform === "win32" || doubtfulNames({ [name]: value }).length === 0) return false;
  return process.platform !== "linux" || (readOwnValues()?.has(name) ?? true);
}

/** Names of values that hold the replacement, or are what this process was given: then it may not be what was meant. */
function doubtfulNames(env: EnvironmentValues): readonly string[] {
  return Object.keys(env).filter(
    (name) => env[name]?.includes(replacement) === true && env[name] === process.env[name],
  );
}

let ownValues: ReadonlyMap<string, string> | undefined;

/** What this process was started with, where a value is not UTF-8; undefined where the system does not tell. */
function readOwnValues(): ReadonlyMap<string, string> | undefined {
  ownValues ??= tryReadOwnValues();
  return ownValues;
}

function tryReadOwnValues(): ReadonlyMap<string, string> | undefined {
  try {
    return rawValuesIn(readFileSync("/proc/self/environ"));
  } catch {
    return undefined;
  }
}

/** The values in a block of `NAME=value` ended by NULs that are not UTF-8, by name; exported for tests. */
export function rawValuesIn(block: Buffer): ReadonlyMap<string, string> {
  return new Map([...parseEnvironment(block)].filter(([, value]) => hasRawBytes(value)));
}

/** Reads a block of `NAME=value` ended by NULs; of names that occur twice the first counts, as for the C library. */
export function parseEnvironment(block: Buffer): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  let at = 0;
  while (at < block.length) {
    const found = block.indexOf(0, at);
    const end = found < 0 ? block.length : found;
    const entry = block.subarray(at, end);
    const equals = entry.indexOf("=");
    const name = fromSystemBytes(entry.subarray(0, Math.max(0, equals)));
    if (equals > 0 && !values.has(name)) values.set(name, fromSystemBytes(entry.subarray(equals + 1)));
    at = end + 1;
  }
  return values;
}
