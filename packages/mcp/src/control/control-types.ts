import type * as z from "zod";
import type {
  controlChunkSchema,
  controlExitSchema,
  controlJsonSchema,
  controlMethodSchemas,
  controlNotificationSchemas,
  controlSessionMessageSchema,
  controlSessionSchema,
  controlStopSchema,
} from "./control-schema.js";

/** The name under `capabilities.experimental` by which both sides say that they know the control methods. */
export const controlCapability = "fairlead/control";

/** The name of a control method. */
export type ControlMethodName = keyof typeof controlMethodSchemas;

/** What a control method is given, by whoever calls it. */
export type ControlParams<Method extends ControlMethodName> = z.input<
  (typeof controlMethodSchemas)[Method]["params"]
>;

/** What a control method was given, checked and with its defaults. */
export type CheckedControlParams<Method extends ControlMethodName> = z.output<
  (typeof controlMethodSchemas)[Method]["params"]
>;

/** What a control method answers. */
export type ControlResult<Method extends ControlMethodName> = z.output<
  (typeof controlMethodSchemas)[Method]["result"]
>;

/** A piece of a program's output. */
export type ControlChunk = z.output<typeof controlChunkSchema>;

/** How a program ended. */
export type ControlExit = z.output<typeof controlExitSchema>;

/** A session, as lists tell it. */
export type ControlSession = z.output<typeof controlSessionSchema>;

/** What a listener of a session is told. */
export type ControlSessionMessage = z.output<typeof controlSessionMessageSchema>;

/** What the stop of a session did. */
export type ControlStop = z.output<typeof controlStopSchema>;

/** How the start of a server goes. */
export type ControlStartupStatus = z.output<
  (typeof controlNotificationSchemas)["fairlead/startupStatus/updated"]
>;

/** That somebody logged in to a server or out of it. */
export type ControlAuthChange = z.output<(typeof controlNotificationSchemas)["fairlead/authStatus/updated"]>;

/** How a login ended that a program began. */
export type ControlLoginEnd = z.output<(typeof controlNotificationSchemas)["fairlead/login/completed"]>;

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
