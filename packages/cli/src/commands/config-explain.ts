import { type ExplainedKey, type ExplainedLayer, explainKey, parseDottedKey } from "@fairlead/config";
import { FairleadError } from "@fairlead/core";
import type { Terminal } from "../output/terminal.js";
import { findHome } from "../runtime/home.js";
import type { CommonFlags } from "./flags.js";
import { layersOf } from "./settings.js";

/** `fairlead config explain`: what a key is set to, and everything that sets it. */
export async function configExplainCommand(
  key: string,
  flags: CommonFlags,
  terminal: Terminal,
): Promise<void> {
  const path = parseDottedKey(key);
  if (path === undefined) {
    throw new FairleadError(
      "usage",
      `${JSON.stringify(key)} is no key; write it as mcp_servers.files.command, parts with dots in quotes`,
      { reason: "argument_invalid", effect: "none" },
    );
  }
  const home = await findHome(process.env);
  const layers = await layersOf(flags, { home, terminal, asks: false });
  const explained = await explainKey(layers, path);
  if (flags.json === true) {
    terminal.printJson({ keys: explained });
    return;
  }
  const [only] = explained;
  const lines =
    only !== undefined && explained.length === 1 ? describeOne(only) : explained.map(describeShort);
  for (const line of lines) terminal.print(line);
}

function describeOne(key: ExplainedKey): readonly string[] {
  const { description, layers } = key;
  const from = layers.map(whereOf);
  const width = Math.max(...from.map((text) => text.length), 0);
  return [
    `${key.key} = ${valueText(key.value)}`,
    ...(description === undefined ? [] : [`  ${description}`]),
    ...layers.map((layer, index) => {
      const mark = layer.wins ? "*" : " ";
      return `${mark} ${(from[index] ?? "").padEnd(width)}  ${valueText(layer.value)}`;
    }),
    ...(layers.length === 0 ? ["  nothing sets it"] : []),
  ];
}

function describeShort(key: ExplainedKey): string {
  const winner = key.layers.find(({ wins }) => wins);
  return `${key.key} = ${valueText(key.value)}  (${winner === undefined ? "not used" : whereOf(winner)})`;
}

function whereOf({ kind, from, line }: ExplainedLayer): string {
  if (from === undefined) return kind;
  const place = line === undefined ? from : `${from}:${line}`;
  return kind === "profile" ? `${place} (profile)` : place;
}

function valueText(value: unknown): string {
  return value === undefined ? "(not set)" : JSON.stringify(value);
}
