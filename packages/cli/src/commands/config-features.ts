import { featureList } from "@fairlead/config";
import { formatTable } from "../output/table.js";
import type { Terminal } from "../output/terminal.js";
import type { CommonFlags } from "./flags.js";
import { loadSettings } from "./settings.js";

/** `fairlead config features`: what can be switched, how far it is, and how it is switched here. */
export async function configFeaturesCommand(flags: CommonFlags, terminal: Terminal): Promise<void> {
  const { config, invalid } = await loadSettings(flags, terminal, { lenient: true, asks: false });
  if (invalid !== undefined) terminal.warn(invalid.message, flags.json === true);
  const features = featureList().map((feature) => ({ ...feature, enabled: config.features[feature.name] }));
  if (flags.json === true) {
    terminal.printJson({ features });
    return;
  }
  const width = process.stdout.columns ?? Number.POSITIVE_INFINITY;
  const rows = features.map(({ name, stage, enabled, description }) => [
    name,
    stage,
    enabled ? "on" : "off",
    description,
  ]);
  terminal.print(formatTable(["NAME", "STAGE", "STATE", "DESCRIPTION"], rows, width));
}
