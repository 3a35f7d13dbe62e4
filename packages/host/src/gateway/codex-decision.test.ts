import type { CallAnswer } from "@fairlead/mcp";
import { describe, expect, test } from "vitest";
import { adaptCodexAnswer } from "./codex-decision.js";

const approval = Buffer.from(
  '{"message":"Allow Codex to run `git init`?","requestedSchema":{"type":"object","properties":{}},"codex_elicitation":"exec-approval","codex_call_id":"call-1"}',
);

function result(text: string): CallAnswer {
  return { kind: "result", result: Buffer.from(text) };
}

function adaptedText(answer: CallAnswer, question: Buffer | undefined = approval): string {
  const adapted = adaptCodexAnswer(question, answer);
  return (adapted.kind === "result" ? adapted.result : adapted.error).toString("utf8");
}

function refusedFor(rejection: string): object {
  return { action: "decline", decision: { denied: { rejection } } };
}

describe("an answer to an approval of Codex", () => {
  test("that accepts becomes approved, and keeps its bytes", () => {
    expect(adaptedText(result('{"action":"accept","content":{},"_meta":{"x":1.0}, "vendor":[ ]}'))).toBe(
      '{"decision":"approved","action":"accept","content":{},"_meta":{"x":1.0}, "vendor":[ ]}',
    );
  });

  test("may be written in any way that JSON allows", () => {
    const text = ' { "\\u0061ction" : "\\u0061ccept" }';
    expect(JSON.parse(adaptedText(result(text)))).toEqual({ decision: "approved", action: "accept" });
  });

  test.each([
    ["decline", "The person declined."],
    ["cancel", "The person gave no answer."],
  ])("that is %s becomes denied, and the model is told why", (action, rejection) => {
    const adapted = JSON.parse(adaptedText(result(JSON.stringify({ action, vendor: 1 }))));
    expect(adapted).toEqual({ decision: { denied: { rejection } }, action, vendor: 1 });
  });

  test.each([
    '{"decision":"approved_for_session"}',
    '{"action":"accept","decision":"abort"}',
    '{"action":"accept","decision":null}',
  ])("that has a decision stays as it is: %s", (text) => {
    const answer = result(text);
    expect(adaptCodexAnswer(approval, answer)).toBe(answer);
  });

  test.each([
    "{}",
    '{"action":true}',
    '{"action":"yes"}',
    "[]",
    "null",
    '"accept"',
    '{"content":{"action":"accept"}}',
  ])("that cannot be read is a refusal: %s", (text) => {
    expect(JSON.parse(adaptedText(result(text)))).toEqual(refusedFor("The answer could not be read."));
  });

  test("that is an error becomes a refusal, because Codex would wait for ever", () => {
    const error = Buffer.from('{"code":-32601,"message":"Method not found: elicitation/create"}');
    const adapted = adaptCodexAnswer(approval, { kind: "error", error });
    expect(adapted.kind).toBe("result");
    expect(JSON.parse(adaptedText({ kind: "error", error }))).toEqual(
      refusedFor("Nobody could be asked: Method not found: elicitation/create"),
    );
  });
});

describe("an answer to any other question", () => {
  test.each([
    ["without the mark", '{"message":"Name?","requestedSchema":{"type":"object","properties":{}}}'],
    ["whose mark is deeper", '{"message":"x","_meta":{"codex_elicitation":"exec-approval"}}'],
    ["whose mark is no text", '{"message":"x","codex_elicitation":true}'],
    ["that has no params", undefined],
  ])("%s stays as it is", (_, question) => {
    const raw = question === undefined ? undefined : Buffer.from(question);
    for (const answer of [
      result('{"action":"accept"}'),
      { kind: "error", error: Buffer.from("{}") },
    ] as const) {
      expect(adaptCodexAnswer(raw, answer)).toBe(answer);
    }
  });
});
