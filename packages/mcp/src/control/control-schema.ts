import * as z from "zod";

const count = z.int().min(0);
const serverName = z.string().min(1).describe("The configured name of a server.");
const sessionId = z.string().regex(/^cs_[0-9a-f]{32}$/, "is not the id of a session: cs_ and 32 hex digits");
const requestId = z.union([z.string(), z.number()]);
const nothing = z.object({});

const statusMembers = {
  name: z.string(),
  state: z.enum(["idle", "starting", "ready", "failed", "restarting", "broken"]),
  executor: z.string(),
  lastFailure: z
    .looseObject({ reason: z.string(), message: z.string(), stderrTail: z.string(), atMs: z.number() })
    .optional(),
};

/** One server and how it is doing. What else is known of it may stand beside. */
const controlServerSchema = z.looseObject({
  ...statusMembers,
  transport: z.string().optional(),
  era: z.string().optional(),
  toolCount: count.optional(),
  sinceMs: z.number().optional().describe("Unix time in milliseconds."),
});

const controlConnectorSchema = z.looseObject({
  ...statusMembers,
  actions: count.optional().describe("How many its login may call, where that is known."),
});

/** How a program ended: its exit code, or the signal that ended it. */
export const controlExitSchema = z.object({
  reason: z.string(),
  code: z.int().nullable(),
  signal: z.string().nullable(),
});

/** A piece of output. `offset` counts the bytes of both streams before it, in the order in which they came. */
export const controlChunkSchema = z.object({
  stream: z.enum(["stdout", "stderr"]),
  offset: count,
  data: z.string().optional().describe("The bytes as text, where they are whole UTF-8."),
  dataBase64: z.string().optional().describe("The bytes, where they are not."),
});

/** One session as lists tell it. */
export const controlSessionSchema = z.object({
  sessionId,
  executor: z.string(),
  program: z.string(),
  pid: z.int(),
  startedAtMs: z.number().describe("Unix time in milliseconds."),
  isTerminal: z.boolean(),
  isOwn: z.boolean().describe("Whether whoever asks is its owner."),
  keep: z.boolean(),
  exit: controlExitSchema.nullable(),
});

const processes = z.array(z.object({ pid: z.int(), name: z.string() }));

/** What a stop did, read back from the process table. */
export const controlStopSchema = z.object({
  ended: processes,
  forced: processes,
  survived: processes,
  blindSpots: z.array(z.string()),
});

const createParams = z.object({
  executor: z.string().min(1).default("local"),
  program: z.string().min(1).describe("A path on that machine, or a name that is looked up there."),
  args: z.array(z.string()).default([]),
  cwd: z.string().optional().describe("A path as that machine spells it, or a file: URI."),
  env: z.record(z.string(), z.string()).optional().describe("Added to the base that the machine allows."),
  pty: z
    .object({ columns: z.int().min(1).max(1_000), rows: z.int().min(1).max(1_000) })
    .optional()
    .describe("Runs the program in a terminal of this size; without it, with pipes."),
  keep: z.boolean().default(false).describe("Lets it outlive whoever created it, up to the end of the host."),
});

const sendParams = z
  .object({
    sessionId,
    data: z.string().optional(),
    dataBase64: z.base64().optional(),
    closeInput: z.boolean().optional().describe("Closes the program's input, after the data."),
  })
  .refine(
    ({ data, dataBase64 }) => data === undefined || dataBase64 === undefined,
    "data excludes dataBase64",
  );

const reloadResult = z.object({
  added: z.array(z.string()),
  changed: z.array(z.string()),
  removed: z.array(z.string()),
});

const authStatus = z.object({
  inUse: z.enum(["none", "bearer", "oauth"]),
  preferred: z.enum(["none", "bearer", "oauth"]),
});

/** Params and result of every control method. */
export const controlMethodSchemas = {
  "fairlead/authStatus": {
    params: z.object({ server: serverName }),
    result: authStatus,
  },
  "fairlead/connectors/list": {
    params: nothing,
    result: z.object({ connectors: z.array(controlConnectorSchema) }),
  },
  "fairlead/interrupt": {
    params: z.object({ server: serverName.optional() }),
    result: z.object({ count: count.describe("Calls that were cancelled.") }),
  },
  "fairlead/login": {
    params: z.object({
      server: serverName,
      scopes: z.array(z.string()).optional().describe("What to ask for; an empty list asks for nothing."),
    }),
    result: z.object({
      url: z.string().describe("The page at which a person goes on; open it in a browser."),
    }),
  },
  "fairlead/logout": {
    params: z.object({ server: serverName }),
    result: z.object({ wasLoggedIn: z.boolean() }),
  },
  "fairlead/reload": { params: nothing, result: reloadResult },
  "fairlead/restart": { params: z.object({ server: serverName }), result: nothing },
  "fairlead/servers/list": { params: nothing, result: z.object({ servers: z.array(controlServerSchema) }) },
  "fairlead/sessions/addListener": { params: z.object({ sessionId }), result: nothing },
  "fairlead/sessions/connect": { params: z.object({ sessionId }), result: controlSessionSchema },
  "fairlead/sessions/create": { params: createParams, result: z.object({ sessionId, pid: z.int() }) },
  "fairlead/sessions/interrupt": { params: z.object({ sessionId }), result: nothing },
  "fairlead/sessions/list": {
    params: nothing,
    result: z.object({ sessions: z.array(controlSessionSchema) }),
  },
  "fairlead/sessions/removeListener": {
    params: z.object({ sessionId, requestId: requestId.describe("Of the request that added it.") }),
    result: nothing,
  },
  "fairlead/sessions/send": { params: sendParams, result: z.object({ writtenBytes: count }) },
  "fairlead/sessions/stop": { params: z.object({ sessionId }), result: controlStopSchema },
} as const;

/** What a listener is told, in this order: the state, events, and that it is over. */
export const controlSessionMessageSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("initialState"),
    session: controlSessionSchema,
    offset: count.describe("Of the first byte that is still kept: what came before is gone."),
    output: z.array(controlChunkSchema),
  }),
  z.object({
    type: z.literal("event"),
    event: z.discriminatedUnion("type", [
      controlChunkSchema.extend({ type: z.literal("output") }),
      controlExitSchema.extend({ type: z.literal("exit") }),
    ]),
  }),
  z.object({ type: z.literal("cancelled"), reason: z.enum(["removed", "stopped", "closed"]) }),
  z.object({ type: z.literal("connectionRevoked") }),
]);

/** Which listener a message is for: its session, and the request that added it. */
const controlMetaSchema = z.object({ sessionId, requestId });

/** Params of every control notification. */
export const controlNotificationSchemas = {
  "fairlead/authStatus/updated": z.object({ name: z.string(), change: z.enum(["login", "logout"]) }),
  "fairlead/login/completed": z.object({
    name: z.string(),
    success: z.boolean(),
    error: z.string().nullable(),
  }),
  "fairlead/sessions/notification": z.intersection(
    controlSessionMessageSchema,
    z.object({ _meta: controlMetaSchema }),
  ),
  "fairlead/startupStatus/updated": z.object({
    name: z.string(),
    status: z.enum(["starting", "ready", "failed", "cancelled"]),
    error: z.string().nullable(),
    failureReason: z.string().nullable(),
    warning: z
      .string()
      .optional()
      .describe("What a person should know although it is ready, with the line to type."),
  }),
} as const;

/** The JSON Schema of all of it, as it is checked in. */
export function controlJsonSchema(): object {
  const methods = Object.entries(controlMethodSchemas).map(([method, { params, result }]) => [
    method,
    { params: toJson(params), result: toJson(result) },
  ]);
  const notifications = Object.entries(controlNotificationSchemas).map(([method, params]) => [
    method,
    { params: toJson(params) },
  ]);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Control methods of Fairlead, capability fairlead/control",
    methods: Object.fromEntries(methods) as object,
    notifications: Object.fromEntries(notifications) as object,
  };
}

/** As it is sent, so that other members may stand beside: results of the modern era have some, and ours may get more. */
function toJson(schema: z.ZodType): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input" });
  return rest;
}
