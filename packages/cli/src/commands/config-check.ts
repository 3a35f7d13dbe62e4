import { type ConfigWarning, checkConfig } from "@fairlead/config";
import { errorTable } from "@fairlead/core";
import type { Terminal } from "../output/terminal.js";
import { findHome } from "../runtime/home.js";
import type { CommonFlags } from "./flags.js";
import { layersOf } from "./settings.js";

/**
 * `fairlead config check`: everything that is noteworthy about the configuration, one line each. What cannot be used makes
 * the exit code that of a usage error, and so does an unknown key with `--strict-config`.
 */
export async function configCheckCommand(flags: CommonFlags, terminal: Terminal): Promise<void> {
  const home = await findHome(process.env);
  const layers = await layersOf(flags, { home, terminal, asks: false });
  const findings = await checkConfig(layers);
  const isError = ({ kind }: ConfigWarning): boolean =>
    kind === "invalid" || (kind === "unknown_key" && flags.strictConfig === true);
  const errors = findings.filter(isError);
  if (flags.json === true) {
    const problems = findings.map(({ path, ...finding }) => ({
      severity: isError({ path, ...finding }) ? "error" : "warning",
      key: path,
      ...finding,
    }));
    terminal.printJson({ ok: errors.length === 0, problems });
  } else {
    for (const finding of findings) {
      terminal.print(`${isError(finding) ? "error" : "warning"}: ${finding.message}`);
    }
    terminal.tell(summaryOf(findings.length - errors.length, errors.length));
  }
  if (errors.length > 0) process.exitCode = errorTable.usage.exit;
}

function summaryOf(warnings: number, errors: number): string {
  const parts = [
    ...(errors === 0 ? [] : [`${errors} ${errors === 1 ? "error" : "errors"}`]),
    ...(warnings === 0 ? [] : [`${warnings} ${warnings === 1 ? "warning" : "warnings"}`]),
  ];
  return parts.length === 0 ? "The configuration has no problems" : parts.join(", ");
}
