import { join } from "node:path";
import { workspaceRoot } from "@fairlead/testkit";
import type { ServerCommand } from "../servers/support/real-servers.js";

/** Our servers for the official runner, by the eras that they speak. */
export type ConformanceServer = "dual" | "legacy-only" | "modern-only";

/** How one of them is started over stdio. @param args further arguments */
export function conformanceServer(name: ConformanceServer, ...args: readonly string[]): ServerCommand {
  const path = join(workspaceRoot(), "test", "conformance", "servers", `${name}.mjs`);
  return { command: process.execPath, args: [path, ...args] };
}
