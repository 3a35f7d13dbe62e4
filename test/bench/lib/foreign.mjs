import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { workspaceRoot } from "@fairlead/testkit";

const listPath = join(workspaceRoot(), "node_modules", ".cache", "foreign-clients", "clients.json");

/** Scripts of other bridges, by name: `supergateway`, `mcpProxy`; undefined where they were never installed. */
export function findBridges() {
  if (!existsSync(listPath)) return undefined;
  const { supergateway, mcpProxy } = JSON.parse(readFileSync(listPath, "utf8")).paths;
  return supergateway === undefined || mcpProxy === undefined ? undefined : { supergateway, mcpProxy };
}

/** Why there are none, and what to do. */
export const whyNoBridges = "node scripts/prepare-foreign-clients.mjs was not run";
