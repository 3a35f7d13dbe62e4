import { columnNames } from "./column.js";
import type { Scenario } from "./scenarios/scenario.js";
import { scenarios } from "./scenarios.js";

/** The table of docs/platforms.md: scenarios × columns, with the state of every cell. */
export function platformTable(): string {
  const rows = scenarios.map((scenario) => [
    scenario.does.replaceAll("\\", "\\\\"),
    ...columnNames.map((name) => cellOf(scenario, name)),
  ]);
  return [["a host", ...columnNames], ["---", ...columnNames.map(() => "---")], ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

function cellOf({ leftOut, limits = [] }: Scenario, name: (typeof columnNames)[number]): string {
  const reason = leftOut?.[name];
  if (reason !== undefined) return `– ${reason}`;
  const hasServersOnWindows = name === "Windows executor" || name === "local on Windows";
  return hasServersOnWindows && limits.length > 0 ? `yes (${limits.join(", ")})` : "yes";
}
