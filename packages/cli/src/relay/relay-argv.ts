/** What a relay needs to know of a command line. */
export interface RelayArguments {
  readonly mode: "auto" | "always";
  readonly server: string | undefined;
}

/**
 * Reads the flags of a `serve` that a hub could take over; undefined for every other command line, which the whole program
 * reads and complains about.
 * @param argv what was typed after `serve`
 */
export function parseRelayArguments(argv: readonly string[]): RelayArguments | undefined {
  let mode: RelayArguments["mode"] = "auto";
  let server: string | undefined;
  const words = argv.flatMap((word) => {
    const [, name, value] = /^(--(?:attach|server))=(.*)$/s.exec(word) ?? [];
    return name === undefined || value === undefined ? [word] : [name, value];
  });
  for (let index = 0; index < words.length; index += 2) {
    const value = words[index + 1];
    if (value === undefined || value.startsWith("-")) return undefined;
    if (words[index] === "--server") server = value;
    else if (words[index] === "--attach" && (value === "auto" || value === "always")) mode = value;
    else return undefined;
  }
  return { mode, server };
}
