import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { nodeModuleBinary } from "@fairlead/testkit";

/** The revisions of MCP whose requirements a client and a gateway of ours have to meet. */
export const revisions = ["2025-11-25", "2026-07-28"] as const;

/** One of {@link revisions}. */
export type Revision = (typeof revisions)[number];

/** Absolute path of the official runner's script. */
export const runnerPath = nodeModuleBinary("@modelcontextprotocol/conformance");

/** Whose requirements are meant. */
export type Side = "client" | "server";

/** The scenarios that a revision requires of a client or a server, as the runner's own list has them. */
export function scoredScenarios(revision: Revision, side: Side = "client"): readonly string[] {
  const list = readFileSync(join(dirname(runnerPath), "..", "requirements", `${revision}.yaml`), "utf8");
  const section = new RegExp(`^${side}:\\n((?: +- \\S+\\n)+)`, "m").exec(list)?.[1] ?? "";
  return Array.from(section.matchAll(/- (\S+)/g), ([, name = ""]) => name);
}
