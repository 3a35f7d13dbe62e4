import * as z from "zod";
import { longestTimerSec } from "./time.js";

/** When an agent's user is asked before a tool is called. */
export const approvalSchema = z.enum(["auto", "prompt", "writes", "approve"]);

const toolSchema = z.strictObject({
  approval: approvalSchema
    .optional()
    .describe("When to ask the agent's user before a call of this tool. Unset: default_approval."),
  rename: z
    .string()
    .min(1, "must not be empty")
    .optional()
    .describe("Name that agents see instead of the tool's own, after the same prefix."),
  description: z.string().optional().describe("Description that agents see instead of the tool's own."),
});

/** The keys of a server that say who uses it together, how long it lives, and what agents may do with its tools. */
export const sharingKeys = {
  share: z
    .enum(["all", "client", "session"])
    .optional()
    .describe(
      "Who shares a copy of the server: agents with the same launch (all), one agent connection (client), or one MCP session (session). Unset: client for a command, all for a url.",
    ),
  idle_timeout_sec: z
    .number()
    .positive()
    .max(longestTimerSec)
    .optional()
    .describe(
      "Stop a copy after this long without a call or an agent, in seconds. Unset: 300 if shared, otherwise never.",
    ),
  max_lifetime_sec: z
    .number()
    .positive()
    .max(longestTimerSec)
    .optional()
    .describe(
      "Replace a copy after this long, in seconds; it takes no new calls from then on. Unset: never.",
    ),
  supports_parallel_tool_calls: z
    .boolean()
    .default(true)
    .describe("Whether calls may run at the same time. false: one after the other, in order."),
  default_approval: approvalSchema
    .default("approve")
    .describe(
      "When to ask the agent's user before a call: as the tool's annotations suggest (auto), always (prompt), unless the tool only reads (writes), or never (approve).",
    ),
  tools: z
    .record(z.string().min(1, "must not be empty"), toolSchema)
    .default({})
    .describe("Settings of single tools, by the server's own names for them."),
  elicitations: z
    .enum(["ask", "deny", "accept-empty"])
    .default("ask")
    .describe(
      "What to do with the server's questions: ask passes them to the agent, deny declines them, accept-empty accepts forms without fields and passes on the rest.",
    ),
};
