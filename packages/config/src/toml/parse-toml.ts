import { FairleadError } from "@fairlead/core";
import { parse, TomlError } from "smol-toml";

/** The tables and values of a TOML document. */
export type TomlDocument = Record<string, unknown>;

/**
 * Reads a TOML document.
 * @param file shown in errors
 * @throws FairleadError `usage`, reason `config_invalid`, with file, line and column. It carries no cause, because the
 * parser's own error quotes the text around the mistake, and that may hold a secret.
 */
export function parseToml(text: string, file: string): TomlDocument {
  try {
    return parse(text);
  } catch (thrown) {
    if (!(thrown instanceof TomlError)) throw thrown;
    const { line, column } = thrown;
    const [summary = ""] = thrown.message.split("\n");
    const what = summary.replace(/^Invalid TOML document: /, "");
    throw new FairleadError("usage", `${file}:${line}:${column} is not valid TOML: ${what}`, {
      reason: "config_invalid",
      effect: "none",
      details: { file, line, column },
    });
  }
}
