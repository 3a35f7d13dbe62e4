import { FairleadError } from "@fairlead/core";

/** The arguments of a tool call, as they came. */
export type ToolArguments = Readonly<Record<string, unknown>>;

/** Reads an optional text. @throws FairleadError `usage` for another type */
export function textArgument(args: ToolArguments, name: string): string | undefined {
  const value = given(args, name);
  return value === undefined || typeof value === "string" ? value : wrongType(name, "a text", value);
}

/** Reads a text that must be there. @throws FairleadError `usage` */
export function requireTextArgument(args: ToolArguments, name: string): string {
  return textArgument(args, name) ?? missing(name);
}

/** Reads an optional truth. @throws FairleadError `usage` for another type */
export function flagArgument(args: ToolArguments, name: string): boolean | undefined {
  const value = given(args, name);
  return value === undefined || typeof value === "boolean" ? value : wrongType(name, "true or false", value);
}

/** Reads an optional whole number; one outside of the range is moved to its end. @throws FairleadError `usage` */
export function numberArgument(
  args: ToolArguments,
  name: string,
  range: { readonly min: number; readonly max: number },
): number | undefined {
  const value = given(args, name);
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value)) return wrongType(name, "a whole number", value);
  return Math.min(Math.max(value, range.min), range.max);
}

/** Reads a list of texts that must be there and hold one at least. @throws FairleadError `usage` */
export function requireTextsArgument(args: ToolArguments, name: string): [string, ...string[]] {
  const value = given(args, name) ?? missing(name);
  if (!Array.isArray(value) || !value.every((element) => typeof element === "string")) {
    return wrongType(name, "a list of texts", value);
  }
  const [first, ...others] = value;
  return first === undefined ? missing(name) : [first, ...others];
}

/** Reads an optional object whose values are texts. @throws FairleadError `usage` */
export function textMapArgument(
  args: ToolArguments,
  name: string,
): Readonly<Record<string, string>> | undefined {
  const value = given(args, name);
  if (value === undefined) return undefined;
  const isMap =
    typeof value === "object" &&
    !Array.isArray(value) &&
    Object.values(value ?? {}).every((member) => typeof member === "string");
  return isMap ? (value as Record<string, string>) : wrongType(name, "an object of texts", value);
}

/** Agents often send null for what they do not want to say. */
function given(args: ToolArguments, name: string): unknown {
  return args[name] ?? undefined;
}

function missing(name: string): never {
  throw argumentError(`The argument ${name} is missing`);
}

function wrongType(name: string, expected: string, value: unknown): never {
  throw argumentError(
    `The argument ${name} has to be ${expected}, got ${Array.isArray(value) ? "a list" : typeof value}`,
  );
}

function argumentError(message: string): FairleadError {
  return new FairleadError("usage", message, { reason: "argument_invalid", effect: "none" });
}
