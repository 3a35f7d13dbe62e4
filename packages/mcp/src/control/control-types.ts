import type * as z from "zod";
import type { ControlMethodName } from "./control-methods.js";
import type {
  controlJsonSchema,
  controlMethodSchemas,
  controlNotificationSchemas,
} from "./control-schema.js";

/** The name under `capabilities.experimental` by which both sides say that they know the control methods. */
export const controlCapability = "fairlead/control";

/** What a control method was given, checked and with its defaults. */
export type CheckedControlParams<Method extends ControlMethodName> = z.output<
  (typeof controlMethodSchemas)[Method]["params"]
>;

/** The schemas themselves, to check with. */
export interface ControlSchemas {
  readonly controlMethodSchemas: typeof controlMethodSchemas;
  readonly controlNotificationSchemas: typeof controlNotificationSchemas;
  readonly controlJsonSchema: typeof controlJsonSchema;
}

/** Loads the schemas, which is work that a start should not wait for. */
export function loadControlSchemas(): Promise<ControlSchemas> {
  return import("./control-schema.js");
}
