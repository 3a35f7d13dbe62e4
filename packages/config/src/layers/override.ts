import { FairleadError } from "@fairlead/core";
import { parse, TomlDate } from "smol-toml";
import { readDottedKey } from "../toml/dotted-key.js";

/** One `-c key=value`, taken apart. */
export interface Override {
  readonly path: readonly string[];
  readonly value: unknown;
}

/**
 * Takes `key=value` apart: a dotted key and a value of TOML. What is no value of TOML is a text, and so is a date, because
 * no key takes one.
 * @throws FairleadError `usage`, reason `argument_invalid`; it never quotes what may be a value
 */
export function parseOverride(text: string): Override {
  const key = readDottedKey(text);
  if (key === undefined || text[key.end] !== "=") {
    throw new FairleadError(
      "usage",
      "--config takes key=value, as in mcp_servers.files.enabled=false; quote parts of a key that have dots",
      { reason: "argument_invalid", effect: "none" },
    );
  }
  return { path: key.path, value: parseValue(text.slice(key.end + 1)) };
}

function parseValue(written: string): unknown {
  const text = written.trim();
  try {
    const document = parse(`value = ${text}`);
    const { value } = document;
    // A line break in a text can begin a statement of its own.
    if (Object.keys(document).length > 1 || value instanceof TomlDate) return text;
    return value;
  } catch {
    return text;
  }
}
