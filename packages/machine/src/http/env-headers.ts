import type { HeaderFromEnv } from "@fairlead/core";
import type { EnvironmentValues } from "../environment/build-environment.js";
import { usageError } from "./http-errors.js";

/**
 * Reads the headers whose values are environment variables; those of unset or blank variables are left out.
 * @throws FairleadError `usage`/`argument_invalid` for a required variable that is blank, or a value that no header can carry.
 *   It names the variable, never the value.
 */
export function readEnvHeaders(
  wanted: readonly HeaderFromEnv[],
  environment: EnvironmentValues,
): readonly (readonly [header: string, value: string])[] {
  const headers: (readonly [string, string])[] = [];
  for (const { header, name, prefix = "", required = false } of wanted) {
    const value = Object.hasOwn(environment, name) ? (environment[name] ?? "") : "";
    checkValue(value, name, header);
    const rest = withoutPrefix(value.trim(), prefix);
    if (rest !== "") headers.push([header, prefix + rest]);
    else if (required) throw blank(name, header);
  }
  return headers;
}

/** The prefix is never sent twice, and a value that is nothing but the prefix is blank. */
function withoutPrefix(value: string, prefix: string): string {
  const lower = value.toLowerCase();
  if (prefix !== "" && lower === prefix.trim().toLowerCase()) return "";
  return lower.startsWith(prefix.toLowerCase()) ? value.slice(prefix.length).trim() : value;
}

/** What fits into a header: printable Latin-1 and tabs. A line break would begin a header of its own. */
function checkValue(value: string, name: string, header: string): void {
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return;
  throw usageError(
    "argument_invalid",
    `The environment variable ${name} cannot be sent as the header ${header}: it contains a line break or another character that headers do not allow. Set it again without that`,
    { variable: name, header },
  );
}

function blank(name: string, header: string): Error {
  return usageError(
    "argument_invalid",
    `The environment variable ${name}, which the header ${header} needs, is not set or blank where the request leaves. Set it there`,
    { variable: name, header },
  );
}
