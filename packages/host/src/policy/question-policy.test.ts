import { type ScannedRequest, scanMessage } from "@fairlead/mcp";
import { expect, test } from "vitest";
import type { ElicitationPolicy } from "../orchestrator/server-definition.js";
import { answerByPolicy, withheldByPolicy } from "./question-policy.js";

function question(method: string, params?: object): ScannedRequest {
  const message = scanMessage(Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params })));
  if (message.kind !== "request") throw new Error("Not a request");
  return message;
}

const emptyForm = question("elicitation/create", {
  message: "Go on?",
  requestedSchema: { type: "object", properties: {} },
});
const form = question("elicitation/create", {
  message: "Name?",
  requestedSchema: { type: "object", properties: { name: { type: "string" } } },
});
const url = question("elicitation/create", { mode: "url", message: "Log in", url: "https://a.example" });
const shapeless = question("elicitation/create", { message: "?" });
const sampling = question("sampling/createMessage", { messages: [] });

const accepted = '{"action":"accept","content":{}}';
const declined = '{"action":"decline"}';

test.each<[string, ScannedRequest, Record<ElicitationPolicy, string | undefined>]>([
  ["an empty form", emptyForm, { ask: undefined, deny: declined, "accept-empty": accepted }],
  ["a form", form, { ask: undefined, deny: declined, "accept-empty": undefined }],
  ["a url", url, { ask: undefined, deny: declined, "accept-empty": undefined }],
  ["a form without a schema", shapeless, { ask: undefined, deny: declined, "accept-empty": undefined }],
  ["sampling", sampling, { ask: undefined, deny: undefined, "accept-empty": undefined }],
])("%s", (_what, message, expected) => {
  for (const elicitations of ["ask", "deny", "accept-empty"] as const) {
    const answer = answerByPolicy(message, { elicitations });
    expect(answer?.kind === "result" ? answer.result.toString() : answer).toBe(expected[elicitations]);
  }
  expect(answerByPolicy(message, {})).toBeUndefined();
});

test("an error that names pages to be opened is kept from the agent where all questions are declined", () => {
  const error = '{"code":-32042,"message":"open","data":{"elicitations":[{"url":"https://a.example"}]}}';
  const pages = { kind: "error", error: Buffer.from(error) } as const;
  const others = [
    { kind: "error", error: Buffer.from('{"code":-32603,"message":"https://a.example"}') },
    { kind: "result", result: Buffer.from('{"code":-32042}') },
  ] as const;
  for (const elicitations of ["ask", "accept-empty", undefined] as const) {
    expect(withheldByPolicy(pages, { name: "s", elicitations })).toBe(pages);
  }
  for (const answer of others) {
    expect(withheldByPolicy(answer, { name: "s", elicitations: "deny" })).toBe(answer);
  }
  const withheld = withheldByPolicy(pages, { name: "s", elicitations: "deny" });
  const told = withheld.kind === "error" ? withheld.error.toString() : "";
  expect(told).not.toContain("a.example");
  expect(JSON.parse(told)).toMatchObject({
    code: -32602,
    message: expect.stringContaining('elicitations = "deny"'),
    data: { fairlead: { code: "forbidden", details: { server: "s" } } },
  });
});
