import type { Settings } from "../../commands/settings.js";
import { brokenBy, type CheckOutcome, ok, warning } from "../check.js";
import { note } from "../shell-words.js";

/** A configuration as it was read, or why it could not be. */
export type LoadedSettings =
  | { readonly settings: Settings; readonly warnings: readonly string[] }
  | { readonly error: unknown };

/** Says how the configuration was read. */
export function checkConfiguration(loaded: LoadedSettings): CheckOutcome {
  if ("error" in loaded) {
    return brokenBy(loaded.error, "the configuration cannot be used", {
      remediation: note("correct what is named above in that file"),
    });
  }
  const { config, invalid } = loaded.settings;
  if (invalid !== undefined) {
    const names = [...(config.broken?.keys() ?? [])].join(", ");
    return brokenBy(invalid, `left out, because it cannot be used: ${names === "" ? "see below" : names}`, {
      remediation: note("correct what is named above in that file"),
    });
  }
  const counts = { servers: config.servers.size, executors: config.executors.size };
  const words = `${counted(counts.servers, "server")}, ${counted(counts.executors, "executor")}`;
  const [first] = loaded.warnings;
  if (first === undefined) return ok(words, counts);
  return warning(
    `${words}; ${loaded.warnings.length === 1 ? "1 thing" : `${loaded.warnings.length} things`} to look at`,
    {
      details: { ...counts, message: loaded.warnings.join("\n") },
      remediation: note("correct it, or take it out; --strict-config refuses unknown keys"),
    },
  );
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
