import { type Command, InvalidArgumentError } from "commander";

/** The flags of every command that reads configuration. */
export interface CommonFlags {
  readonly json?: boolean;
  readonly mcpConfig?: string;
  readonly strictConfig?: boolean;
}

/** Adds the flags that every command has. */
export function withCommonFlags(command: Command): Command {
  return command
    .option("--json", "print JSON, errors too")
    .option("--mcp-config <file>", "also read servers from a JSON file with mcpServers")
    .option("--strict-config", "treat unknown configuration keys as errors");
}

/** Collects `-e NAME=VALUE`, repeated. */
export function collectVariable(
  text: string,
  known: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const separator = text.indexOf("=");
  if (separator < 1) throw new InvalidArgumentError("write NAME=VALUE");
  return { ...known, [text.slice(0, separator)]: text.slice(separator + 1) };
}

/** Collects a flag that may be repeated. */
export function collect(text: string, known: readonly string[] = []): string[] {
  return [...known, text];
}
