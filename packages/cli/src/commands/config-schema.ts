import { configJsonSchema } from "@fairlead/config";
import type { Terminal } from "../output/terminal.js";
import type { CommonFlags } from "./flags.js";

/** `fairlead config schema`: what editors complete and check config.toml with. It is JSON with and without `--json`. */
export function configSchemaCommand(_flags: CommonFlags, terminal: Terminal): Promise<void> {
  terminal.print(JSON.stringify(configJsonSchema(), undefined, 2));
  return Promise.resolve();
}
