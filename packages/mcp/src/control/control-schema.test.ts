import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { checkControlParams } from "./check-control-params.js";
import { controlJsonSchema } from "./control-schema.js";

test("what is checked in is what the schemas say; pnpm schema:write renews it", () => {
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
