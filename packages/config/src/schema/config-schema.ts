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
      .describe("Executor of every server that names none."),
    max_message_bytes: messageBytesSchema
      .default(64 * 1024 * 1024)
      .describe("Largest message taken from a server, in bytes; a larger one fails its call only."),
    max_name: z
      .int()
      .min(24)
      .max(64)
      .default(48)
      .describe("Longest tool name shown to agents, in bytes; agents put a prefix of their own before it."),
    ...commonLoginKeys,
    gateway: gatewaySchema.prefault({}).describe("How agents reach serve over HTTP."),
    features: featuresSchema.prefault({}).describe("What is switched on or off as a whole."),
    executors: z
      .record(executorNameSchema, executorSchema)
      .default({})
      .describe("Machines on which servers can run, by name."),
    mcp_servers: z.record(serverNameSchema, serverSchema).default({}).describe("MCP servers, by name."),
    connectors: z
      .record(serverNameSchema, connectorSchema)
      .default({})
      .describe("Remote catalogues of tools, each with its own login, by name."),
    built_ins: z
      .record(builtInNameSchema, builtInSchema)
      .default({})
      .describe("Servers that come with Fairlead, by name: when they ask."),
    profiles: z
      .record(z.string().min(1, "must not be empty"), z.record(z.string(), z.unknown()))
      .default({})
      .describe(
        "What is laid over everything else with --profile NAME, by name; every other key can stand there.",
      ),
  })
  .describe("Configuration of Fairlead.");

/** One file after validation, with the defaults filled in; keys as they are written. */
export type ParsedConfig = z.output<typeof configSchema>;
