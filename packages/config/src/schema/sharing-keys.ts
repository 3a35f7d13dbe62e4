import * as z from "zod";
import { longestTimerSec } from "./time.js";

/** When an agent's user is asked before a tool is called. */
export const approvalSchema = z.enum(["auto", "prompt", "writes", "approve"]);

const toolSchema = z.strictObject({
  approval: approvalSchema
    .optional()
    .describe("When the agent's user is asked before a call of this tool. Unset: default_approval."),
  rename: z
    .string()
    .min(1, "must not be empty")
    .optional()
    .describe("Name that agents see instead of the tool's own, behind the same prefix."),
  description: z.string().optional().describe("Description that agents see instead of the tool's own."),
});

/** The keys of a server that say who uses it together, how long it lives, and what agents may do with its tools. */
export const sharingKeys = {
  share: z
    .enum(["all", "client", "session"])
    .optional()
    .describe(
      "Who uses one copy: every agent whose launch is the same (all), one agent connection, or one MCP session. Unset: client for a command, all for a url.",
    ),
  idle_timeout_sec: z
    .number()
    .positive()
    .max(longestTimerSec)
    .optional()
    .describe("Time without a call or an agent until a copy is stopped, in seconds. Unset: 300 if shared."),
  max_lifetime_sec: z
    .number()
    .positive()
    .max(longestTimerSec)
    .optional()
    .describe("Time after which a copy takes no new calls and is replaced, in seconds. Unset: never."),
  supports_parallel_tool_calls: z
    .boolean()
    .default(true)
    .describe("Whether calls may run at the same time; false: one after the other, in order."),
  default_approval: approvalSchema
    .default("approve")
    .describe(
      "When the agent's user is asked before a call: as the tool's annotations say (auto), always (prompt), unless it only reads (writes), or never (approve).",
    ),
  tools: z
    .record(z.string().min(1, "must not be empty"), toolSchema)
    .default({})
    .describe("What is changed about single tools, by their raw names."),
  elicitations: z
    .enum(["ask", "deny", "accept-empty"])
    .default("ask")
    .describe(
      "What happens to the server's questions: the agent is asked, they are declined, or those that need no answer are accepted.",
    ),
};
