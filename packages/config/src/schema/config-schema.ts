import * as z from "zod";
import { builtInSchema } from "./built-in-schema.js";
import { connectorSchema } from "./connector-schema.js";
import { executorSchema } from "./executor-schema.js";
import { featuresSchema } from "./feature-schema.js";
import { gatewaySchema } from "./gateway-schema.js";
import { builtInNameSchema, executorNameSchema, serverNameSchema } from "./names.js";
import { commonLoginKeys } from "./oauth-schema.js";
import { messageBytesSchema, serverSchema } from "./server-schema.js";

/**
 * The one definition of `config.toml`: types, validation, the key table and the JSON Schema come from it. It
 * transforms nothing, so that several files can be laid over each other before it is applied.
 */
export const configSchema = z
  .strictObject({
    default_executor: z
      .string()
      .min(1, "must not be empty")
      .default("local")
      .describe("Executor for servers that name none."),
    max_message_bytes: messageBytesSchema
      .default(64 * 1024 * 1024)
      .describe("Largest message accepted from a server, in bytes. A larger one only fails its call."),
    max_name: z
      .int()
      .min(24)
      .max(64)
      .default(48)
      .describe("Longest tool name shown to agents, in bytes. Leave room: agents add a prefix of their own."),
    ...commonLoginKeys,
    gateway: gatewaySchema.prefault({}).describe("How agents connect to serve over HTTP."),
    features: featuresSchema.prefault({}).describe("Optional parts of Fairlead."),
    executors: z
      .record(executorNameSchema, executorSchema)
      .default({})
      .describe("Machines that servers can run on, by name."),
    mcp_servers: z.record(serverNameSchema, serverSchema).default({}).describe("MCP servers, by name."),
    connectors: z
      .record(serverNameSchema, connectorSchema)
      .default({})
      .describe("Remote endpoints whose tools depend on a login, by name."),
    built_ins: z
      .record(builtInNameSchema, builtInSchema)
      .default({})
      .describe("When Fairlead's built-in servers ask for approval, by name."),
    profiles: z
      .record(z.string().min(1, "must not be empty"), z.record(z.string(), z.unknown()))
      .default({})
      .describe(
        "Keys that override the others when --profile NAME is used. A profile takes every other key of this page.",
      ),
  })
  .describe("Configuration of Fairlead.");

/** One file after validation, with the defaults filled in; keys as they are written. */
export type ParsedConfig = z.output<typeof configSchema>;
