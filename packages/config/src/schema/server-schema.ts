import * as z from "zod";

/** A text that can be an argument, a folder or a value of a process: the system ends such texts at a NUL. */
const processText = z.string().regex(/^[^\0]*$/, "must not contain a NUL character");

const filledProcessText = processText.min(1, "must not be empty");

/** The longest time a timer of the engine can take, in whole seconds. */
const longestTimerSec = 2_147_483;

/** The longest text the engine can hold, so no single message can be larger. */
const longestMessageBytes = 536_870_888;

/** The name of an environment variable, as far as every system agrees. */
export const environmentNameSchema = z
  .string()
  .min(1, "must not be empty")
  .regex(/^[^=\0]+$/, "the name of an environment variable has no = and no NUL character");

/** A size limit for one message; shared by the whole file and a single server. */
export const messageBytesSchema = z.int().min(1024).max(longestMessageBytes);

/** One environment variable that is taken over as it is, and from which machine. */
const environmentVariableSchema = z.union([
  environmentNameSchema,
  z.strictObject({
    name: environmentNameSchema.describe("Name of the environment variable."),
    source: z
      .enum(["host", "executor"])
      .default("host")
      .describe("Whose environment the value is taken from: this machine's, or the executor's."),
  }),
]);

/** `[mcp_servers.NAME]`: an MCP server that is a program speaking over its stdin and stdout. */
export const serverSchema = z.strictObject({
  command: filledProcessText.describe("Program to start: a name looked up there, or a path there."),
  args: z.array(processText).default([]).describe("Arguments of the program."),
  cwd: filledProcessText
    .optional()
    .describe("Folder to start in, kept verbatim and read in the convention of the machine where it runs."),
  env: z
    .record(environmentNameSchema, processText)
    .default({})
    .describe("Environment variables set for the server; they win over everything else."),
  env_vars: z
    .array(environmentVariableSchema)
    .default([])
    .describe("Environment variables that the server gets from this machine or from the executor."),
  executor: z
    .string()
    .min(1, "must not be empty")
    .optional()
    .describe("Name of the executor that runs it. Unset: default_executor."),
  enabled: z.boolean().default(true).describe("Whether the server is started at all."),
  required: z.boolean().default(false).describe("Whether a failure of this server fails the whole start."),
  startup_timeout_sec: z
    .number()
    .positive()
    .max(longestTimerSec)
    .default(60)
    .describe("Time for launch, handshake and first list together, in seconds."),
  tool_timeout_sec: z
    .number()
    .positive()
    .max(longestTimerSec)
    .default(300)
    .describe("Time for one tool call, in seconds."),
  enabled_tools: z
    .array(z.string())
    .optional()
    .describe("Tools that are offered, by their raw names, * as a wildcard. Unset: all."),
  disabled_tools: z
    .array(z.string())
    .default([])
    .describe("Tools that are not offered, by their raw names, * as a wildcard; wins over enabled_tools."),
  max_message_bytes: messageBytesSchema
    .optional()
    .describe("Largest message taken from this server, in bytes. Unset: the file's max_message_bytes."),
});

/** A server as it is written in a file: snake_case keys, only `command` is needed. */
export type ServerEntry = z.input<typeof serverSchema>;

/** A server after validation, with the defaults of this level filled in. */
export type ParsedServer = z.output<typeof serverSchema>;
