import { readFileSync } from "node:fs";
import { expect, expectTypeOf, test } from "vitest";
import type * as z from "zod";
import { checkControlParams } from "./check-control-params.js";
import type * as messages from "./control-messages.js";
import type { ControlMethodName, ControlParams, ControlResult } from "./control-methods.js";
import {
  type controlChunkSchema,
  type controlExitSchema,
  controlJsonSchema,
  type controlMethodSchemas,
  type controlNotificationSchemas,
  type controlSessionMessageSchema,
  type controlSessionSchema,
  type controlStopSchema,
} from "./control-schema.js";

type Methods = typeof controlMethodSchemas;
type Notifications = typeof controlNotificationSchemas;

// The compiler is what runs this one.
test("the types that are written out are those of the schemas", () => {
  expectTypeOf<ControlMethodName>().toEqualTypeOf<keyof Methods>();
  expectTypeOf<{ [Method in ControlMethodName]: ControlParams<Method> }>().toEqualTypeOf<{
    [Method in ControlMethodName]: z.input<Methods[Method]["params"]>;
  }>();
  expectTypeOf<{ [Method in ControlMethodName]: ControlResult<Method> }>().toEqualTypeOf<{
    [Method in ControlMethodName]: z.output<Methods[Method]["result"]>;
  }>();
  expectTypeOf<messages.ControlChunk>().toEqualTypeOf<z.output<typeof controlChunkSchema>>();
  expectTypeOf<messages.ControlExit>().toEqualTypeOf<z.output<typeof controlExitSchema>>();
  expectTypeOf<messages.ControlSession>().toEqualTypeOf<z.output<typeof controlSessionSchema>>();
  expectTypeOf<messages.ControlSessionMessage>().toEqualTypeOf<
    z.output<typeof controlSessionMessageSchema>
  >();
  expectTypeOf<messages.ControlStop>().toEqualTypeOf<z.output<typeof controlStopSchema>>();
  expectTypeOf<messages.ControlStartupStatus>().toEqualTypeOf<
    z.output<Notifications["fairlead/startupStatus/updated"]>
  >();
  expectTypeOf<messages.ControlAuthChange>().toEqualTypeOf<
    z.output<Notifications["fairlead/authStatus/updated"]>
  >();
  expectTypeOf<messages.ControlLoginEnd>().toEqualTypeOf<
    z.output<Notifications["fairlead/login/completed"]>
  >();
});

test("what is checked in is what the schemas say; npm run schema:write renews it", () => {
  const file = new URL("../../../../docs/control.schema.json", import.meta.url);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(controlJsonSchema());
});

test("defaults are added, and what is unknown is left out", async () => {
  const params = { program: "sh", _meta: { progressToken: 1 } };
  await expect(checkControlParams("fairlead/sessions/create", params)).resolves.toEqual({
    executor: "local",
    program: "sh",
    args: [],
    keep: false,
  });
});

test.each([
  ["fairlead/sessions/stop", { sessionId: "7" }, "params.sessionId"],
  ["fairlead/sessions/create", undefined, "params.program"],
  ["fairlead/sessions/create", { program: "sh", env: { A: 1 } }, "params.env.A"],
  ["fairlead/restart", {}, "params.server"],
  ["fairlead/sessions/send", { sessionId: `cs_${"0".repeat(32)}`, dataBase64: "?" }, "params.dataBase64"],
] as const)("%s with %j is misuse of %s", async (method, params, member) => {
  await expect(checkControlParams(method, params)).rejects.toMatchObject({
    code: "usage",
    reason: "argument_invalid",
    details: { method, member },
  });
});
