import type { ToolAnnotations } from "./tool-methods.js";

/** What the resources say comes from servers, but nothing is changed by looking. */
const annotations: ToolAnnotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: true,
};

const listSchema = {
  type: "object",
  properties: {
    server: { type: "string", description: "Name of the MCP server. Without it: those of all servers." },
    cursor: {
      type: "string",
      description: "The nextCursor of the page before. It belongs to one server, so name that too.",
    },
  },
  additionalProperties: false,
};

/** The tools through which agents that know no resources can use those of every server. */
export const resourceToolDescriptions = {
  list_resources: {
    title: "List resources",
    description:
      "Lists what MCP servers offer to be read: files, database schemas, documents and the like. Use it before searching elsewhere.",
    inputSchema: listSchema,
    annotations,
  },
  list_resource_templates: {
    title: "List resource templates",
    description: "Lists the URI templates of MCP servers: resources whose URI has parts to be filled in.",
    inputSchema: listSchema,
    annotations,
  },
  read_resource: {
    title: "Read a resource",
    description: "Reads one resource of an MCP server, by the server's name and the URI as they were listed.",
    inputSchema: {
      type: "object",
      properties: {
        server: { type: "string", description: "Name of the MCP server." },
        uri: { type: "string", description: "URI of the resource." },
      },
      required: ["server", "uri"],
      additionalProperties: false,
    },
    annotations,
  },
} as const;

/** The raw name of a resource tool. */
export type ResourceToolName = keyof typeof resourceToolDescriptions;
