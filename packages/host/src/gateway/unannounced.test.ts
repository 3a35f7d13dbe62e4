import { expect, test } from "vitest";
import { cannotAskError, refuseUnannounced } from "./unannounced.js";

const form = { message: "Who?", requestedSchema: { type: "object" } };
const url = { mode: "url", url: "https://a.example", message: "Log in" };
const ask = "elicitation/create";
const sample = "sampling/createMessage";

test.each<[string, readonly [method: string, params?: object], Record<string, unknown>, number | undefined]>([
  ["a form, of an agent that takes elicitations", [ask, form], { elicitation: {} }, undefined],
  ["a form, of one that takes forms", [ask, { mode: "form" }], { elicitation: { form: {} } }, undefined],
  ["a form, of one that takes pages only", [ask, form], { elicitation: { url: {} } }, -32602],
  ["a form, of one that takes no elicitations", [ask, form], { roots: {} }, -32601],
  ["a page, of one that takes pages", [ask, url], { elicitation: { url: {} } }, undefined],
  ["a page, of one that takes forms only", [ask, url], { elicitation: { form: {} } }, -32602],
  ["a page, of one that says nothing of modes", [ask, url], { elicitation: {} }, -32602],
  ["sampling", [sample, { messages: [] }], { sampling: {} }, undefined],
  ["sampling with tools", [sample, { tools: [{ name: "t" }] }], { sampling: { tools: {} } }, undefined],
  ["sampling with tools that the agent does not take", [sample, { tools: [] }], { sampling: {} }, -32602],
  ["roots", ["roots/list"], { roots: {} }, undefined],
  ["roots, of one that has none", ["roots/list"], {}, -32601],
  ["a question that nobody announces", ["acme/ask"], {}, undefined],
])("%s", (_what, [method, params], capabilities, code) => {
  const raw = params === undefined ? undefined : Buffer.from(JSON.stringify(params));
  const refused = refuseUnannounced({ method, params: raw }, capabilities);
  expect(refused?.kind === "error" ? JSON.parse(refused.error.toString()).code : refused).toBe(code);
});

test("what is missing is named", () => {
  const params = Buffer.from(JSON.stringify(url));
  const refused = refuseUnannounced({ method: ask, params }, { elicitation: { form: {} } });
  expect(JSON.parse(refused?.kind === "error" ? refused.error.toString() : "")).toEqual({
    code: -32602,
    message: 'The agent did not announce what this elicitation/create needs: {"elicitation":{"url":{}}}',
    data: { requiredCapabilities: { elicitation: { url: {} } } },
  });
  const error = cannotAskError(ask, { kind: "error", error: Buffer.from('{"message":"No"}') });
  expect(error).toMatchObject({ code: "forbidden", reason: "cannot_ask" });
  expect(error.message).toContain("No");
});
