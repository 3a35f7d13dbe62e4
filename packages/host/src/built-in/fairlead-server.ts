import type { ServerDefinition } from "../orchestrator/server-definition.js";
import type { BuiltInServer } from "./built-in-server.js";
import { defineBuiltIn } from "./define-built-in.js";
import { type BuiltInResource, createResourceMethods } from "./resource-methods.js";
import type { ServerLog } from "./server-log.js";
import { type BuiltInTool, createToolMethods, readingOnly, type ToolResult } from "./tool-methods.js";

/** What the built-in server `fairlead` tells of, and what it can set off. */
export interface FairleadServerOptions {
  readonly version: string;
  readonly log: ServerLog;
  /** How every server is doing, as it can be shown to an agent: no secrets. */
  statuses(): readonly { readonly name: string }[];
  /** Reads the configuration anew and applies it. Without it there is no tool for that. @returns what changed, for display */
  readonly reload?: (() => Promise<object>) | undefined;
}

/** The name of the server through which Fairlead itself can be spoken to. No configured server may have it. */
export const fairleadServerName = "fairlead";

/** Makes the server `fairlead`: status and reload as tools, status and logs as resources. */
export function createFairleadServer(options: FairleadServerOptions): ServerDefinition {
  const settings = { name: fairleadServerName, executor: "host", context: "local" } as const;
  return defineBuiltIn(settings, async () => createServer(options));
}

function createServer(options: FairleadServerOptions): BuiltInServer {
  const tools =
    options.reload === undefined ? [statusTool(options)] : [statusTool(options), reloadTool(options.reload)];
  const toolMethods = createToolMethods(tools, { "fairlead/supportsParallelToolCalls": true });
  return {
    name: fairleadServerName,
    title: "Fairlead",
    version: options.version,
    capabilities: { tools: {}, resources: { subscribe: true } },
    open(peer) {
      const resources = createResourceMethods(() => listResources(options), peer);
      return {
        methods: { ...toolMethods, ...resources.methods },
        close: async () => resources.close(),
      };
    },
  };
}

function statusTool(options: FairleadServerOptions): BuiltInTool {
  return {
    name: "status",
    title: "Status of the MCP servers",
    description:
      "Tells how every MCP server behind Fairlead is doing: its state, where it runs, and why it failed if it did.",
    inputSchema: { type: "object", properties: {}, additionalProperties: false },
    annotations: readingOnly,
    call: async () => toResult({ servers: options.statuses() }),
  };
}

function reloadTool(reload: () => Promise<object>): BuiltInTool {
  return {
    name: "reload",
    title: "Reload the configuration",
    description:
      "Reads Fairlead's configuration again. Servers whose entry changed are started anew, failed ones are tried again; calls under way are finished.",
    inputSchema: { type: "object", properties: {}, additionalProperties: false },
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    call: async () => toResult(await reload()),
  };
}

function listResources(options: FairleadServerOptions): BuiltInResource[] {
  const { log } = options;
  const names = new Set([...options.statuses().map(({ name }) => name), ...log.servers()]);
  const logs = [...names].map((server) => ({
    uri: `fairlead://logs/${server}`,
    name: `logs/${server}`,
    title: `Log of ${server}`,
    description: `The newest lines that ${server} wrote to its error output, and what happened to it`,
    mimeType: "text/plain",
    read: () => log.read(server),
    watch: (onChanged: () => void) => log.watch((changed) => changed === server && onChanged()),
  }));
  const status = {
    uri: "fairlead://status",
    name: "status",
    title: "Status of the MCP servers",
    description: "How every MCP server behind Fairlead is doing",
    mimeType: "application/json",
    read: () => JSON.stringify({ servers: options.statuses() }, undefined, 2),
    watch: (onChanged: () => void) => log.watch(onChanged),
  };
  return [status, ...logs];
}

function toResult(value: object): ToolResult {
  return {
    content: [{ type: "text", text: JSON.stringify(value, undefined, 2) }],
    structuredContent: value,
  };
}
