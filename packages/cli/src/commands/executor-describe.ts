import type { Terminal } from "../output/terminal.js";
import { openContext } from "./context.js";
import type { CommonFlags } from "./flags.js";

/** `fairlead executor describe`: what an executor says about its machine, its limits and its load. */
export async function executorDescribeCommand(
  name: string | undefined,
  flags: CommonFlags,
  terminal: Terminal,
): Promise<void> {
  await using context = await openContext(flags, terminal);
  const session = await context.pool.open(name, context.signal);
  const description = await session.describe();
  if (flags.json === true) {
    terminal.printJson({ name: session.name, ...description });
    return;
  }
  const { machine, limits } = description;
  terminal.print(`${session.name}: ${machine.hostname}, ${machine.os} ${machine.arch}`);
  terminal.print(`  version    ${machine.executorVersion}, up ${formatDuration(description.uptimeMs)}`);
  terminal.print(`  paths      ${machine.pathConvention}, home ${machine.home}, shell ${machine.shell}`);
  terminal.print(`  load       sessions ${description.sessions}, processes ${description.processes}`);
  terminal.print(
    `  limits     ${limits.processesPerSession} processes per session, ${limits.processesPerExecutor} in all`,
  );
  terminal.print(
    `  features   ${description.features.length === 0 ? "none beyond the base" : description.features.join(", ")}`,
  );
}

function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
