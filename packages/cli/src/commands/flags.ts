import { type Command, InvalidArgumentError } from "commander";

/** The flags of every command that reads configuration. */
export interface CommonFlags {
  readonly json?: boolean;
  readonly mcpConfig?: string;
  readonly strictConfig?: boolean;
  /** Texts of `key=value`, the last one wins. */
  readonly config?: readonly string[];
  readonly profile?: string;
  /** Features that are switched on; only of commands that have {@link withFeatureFlags}. */
  readonly enable?: readonly string[];
  /** Features that are switched off. */
  readonly disable?: readonly string[];
}

/** Adds the flags that every command has. */
export function withCommonFlags(command: Command): Command {
  return command
    .option("--json", "print JSON, errors too")
    .option("-c, --config <key=value>", "set a configuration key, as TOML or text (repeatable)", collect)
    .option("--profile <name>", "use what [profiles.NAME] of the configuration says")
    .option("--mcp-config <file>", "also read servers from a JSON file with mcpServers")
    .option("--strict-config", "treat unknown configuration keys as errors");
}

/** Adds the flags that switch features. */
export function withFeatureFlags(command: Command): Command {
  return command
    .option("--enable <feature>", "switch a feature on (repeatable)", collect)
    .option("--disable <feature>", "switch a feature off (repeatable)", collect);
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
