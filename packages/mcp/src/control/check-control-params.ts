import { FairleadError } from "@fairlead/core";
import type { ControlMethodName } from "./control-methods.js";
import { type CheckedControlParams, loadControlSchemas } from "./control-types.js";

/**
 * Checks what a control method was given, and adds its defaults.
 * @throws FairleadError `usage`, reason `argument_invalid`, naming the method and the first member that is wrong
 */
export async function checkControlParams<Method extends ControlMethodName>(
  method: Method,
  params: unknown = {},
): Promise<CheckedControlParams<Method>> {
  const { controlMethodSchemas } = await loadControlSchemas();
  const checked = controlMethodSchemas[method].params.safeParse(params);
  if (checked.success) return checked.data as CheckedControlParams<Method>;
  const [issue] = checked.error.issues;
  const member = ["params", ...(issue?.path ?? [])].map(String).join(".");
  throw new FairleadError("usage", `${method}: ${member}: ${issue?.message ?? "is wrong"}`, {
    reason: "argument_invalid",
    effect: "none",
    details: { method, member },
  });
}
