import * as z from "zod";
import { isNamedOnce, textWith } from "./checks.js";
import { environmentNameSchema } from "./environment-name.js";
import {
  forwardedHeaderProblem,
  headerNameProblem,
  headerValueProblem,
  httpUrlProblem,
} from "./http-rules.js";
import { serverLoginKeys } from "./oauth-schema.js";
import { sharingKeys } from "./sharing-keys.js";
import { longestTimerSec } from "./time.js";

/** A text that can be an argument, a folder or a value of a process: the system ends such texts at a NUL. */
const processText = z.string().regex(/^[^\0]*$/, "must not contain a NUL character");

const filledProcessText = processText.min(1, "must not be empty");

/** The longest text the engine can hold, so no single message can be larger. */
const longestMessageBytes = 536_870_888;

/** A size limit for one message; shared by the whole file and a single server. */
export const messageBytesSchema = z.int().min(1024).max(longestMessageBytes);

/** One environment variable that is taken as it is, and from which machine. */
const environmentVariableSchema = z.union([
  environmentNameSchema,
  z.strictObject({
    name: environmentNameSchema.describe("Name of the environment variable."),
    source: z
      .enum(["host", "executor"])
      .default("host")
      .describe("Where to read the variable: on this machine (host) or on the executor's."),
  }),
]);

/** The keys of every server. */
const commonKeys = {
  executor: z
    .string()
    .min(1, "must not be empty")
    .optional()
    .describe("Executor that runs the server, or connects to its url. Unset: default_executor."),
  enabled: z.boolean().default(true).describe("Whether agents get this server."),
  required: z
    .boolean()
    .default(false)
    .describe("Whether an agent's start fails if this server cannot be started."),
  startup_timeout_sec: z
    .number()
    .positive()
    .max(longestTimerSec)
    .default(60)
    .describe("Time limit for launch, handshake and first list together, in seconds."),
  tool_timeout_sec: z
    .number()
    .positive()
    .max(longestTimerSec)
    .default(300)
    .describe("Time limit for one tool call, in seconds."),
  enabled_tools: z
    .array(z.string())
    .optional()
    .describe("Tools to offer, by the server's own names for them; * is a wildcard. Unset: all."),
  disabled_tools: z
    .array(z.string())
    .default([])
    .describe("Tools to hide, by the server's own names for them; * is a wildcard. Overrides enabled_tools."),
  protocol: z
    .enum(["auto", "legacy", "modern"])
    .default("auto")
    .describe(
      "Era of MCP to use: legacy (with a handshake), modern (without), or auto (what the server supports).",
    ),
  max_message_bytes: messageBytesSchema
    .optional()
    .describe("Largest message accepted from this server, in bytes. Unset: the top-level max_message_bytes."),
  ...sharingKeys,
};

/** `[mcp_servers.NAME]` with a `command`: an MCP server that is a program speaking over its stdin and stdout. */
export const stdioServerSchema = z.strictObject({
  command: filledProcessText.describe("Program to start: a name on its machine's PATH, or a path there."),
  args: z.array(processText).default([]).describe("Arguments of the program."),
  cwd: filledProcessText
    .optional()
    .describe("Folder to start in: an absolute path as the machine that runs the server writes it."),
  env: z
    .record(environmentNameSchema, processText)
    .default({})
    .describe("Environment variables to set for the server. They override all others."),
  env_vars: z
    .array(environmentVariableSchema)
    .default([])
    .describe("Environment variables to pass on to the server, from this machine or the executor's."),
  shell_profile: z
    .boolean()
    .default(false)
    .describe("Whether to load the profile of the user's shell on the machine that runs the server."),
  ...commonKeys,
});

const headerNameSchema = textWith(headerNameProblem);

/** `[mcp_servers.NAME]` with a `url`: an MCP server that is reached over Streamable HTTP. */
export const httpServerSchema = z.strictObject({
  url: textWith(httpUrlProblem).describe(
    "Address of the server as seen from its executor: http:// or https://.",
  ),
  bearer_token_env_var: environmentVariableSchema
    .optional()
    .describe("Environment variable with the token to send as Authorization: Bearer."),
  http_headers: z
    .record(headerNameSchema, textWith(headerValueProblem))
    .check(isNamedOnce)
    .default({})
    .describe("Headers to send as written. Put credentials in one of the other keys."),
  env_http_headers: z
    .record(headerNameSchema, environmentVariableSchema)
    .check(isNamedOnce)
    .default({})
    .describe("Headers whose values come from environment variables, read for each request."),
  headers_helper: z
    .union([filledProcessText, z.array(processText).min(1, "must not be empty")])
    .optional()
    .describe(
      "Program on this machine that prints headers as a JSON object: a command line for its shell, or an array.",
    ),
  ...serverLoginKeys,
  proxy: z
    .enum(["environment", "none"])
    .default("environment")
    .describe(
      "Whether to use the proxies set in the environment of the machine that sends the request, or none.",
    ),
  forward_headers: z
    .array(textWith(forwardedHeaderProblem))
    .default([])
    .describe("Names of headers to pass on from an agent's own HTTP requests."),
  ...commonKeys,
});

/** `[mcp_servers.NAME]`. Which of the two is meant decides {@link isHttpEntry}. */
export const serverSchema = z.union([stdioServerSchema, httpServerSchema]);

/** Whether an entry, as it was written, is meant to be a server with an address. */
export function isHttpEntry(entry: unknown): boolean {
  return typeof entry === "object" && entry !== null && Object.hasOwn(entry, "url");
}

/** A server with a command, as it is written in a file: snake_case keys, only `command` is needed. */
export type StdioServerEntry = z.input<typeof stdioServerSchema>;

/** A server as it is written in a file: snake_case keys, only `command` or `url` is needed. */
export type ServerEntry = StdioServerEntry | z.input<typeof httpServerSchema>;

/** A server after validation, with the defaults of this level filled in. */
export type ParsedServer = z.output<typeof serverSchema>;
