import * as z from "zod";
import { approvalSchema } from "./sharing-keys.js";

/** `[built_ins.NAME]`: what may be said about a server that comes with Fairlead and asks before it does something. */
export const builtInSchema = z.strictObject({
  default_approval: approvalSchema
    .optional()
    .describe(
      "When to ask the agent's user before a call. Unset: before commands and writes, but not before reads.",
    ),
  tools: z
    .record(
      z.string().min(1, "must not be empty"),
      z.strictObject({
        approval: approvalSchema
          .optional()
          .describe("When to ask the agent's user before a call of this tool. Unset: default_approval."),
      }),
    )
    .default({})
    .describe("Settings of single tools, by name."),
});
