import type { CallAnswer } from "@fairlead/mcp";
import { describe, expect, test } from "vitest";
import { buildApprovalQuestion, readApprovalAnswer } from "./approval-question.js";
import { refusalResult } from "./refusal-result.js";

const result = (value: unknown): CallAnswer => ({
  kind: "result",
  result: Buffer.from(JSON.stringify(value)),
});
const error = (value: unknown): CallAnswer => ({ kind: "error", error: Buffer.from(JSON.stringify(value)) });

describe("the question", () => {
  const facts = {
    server: "files",
    tool: "delete\u202e_file",
    machine: "devbox",
    need: "the tool says that it may destroy something",
    effect: 'Arguments: {\n  "path": "/a"\n}',
  } as const;

  test("says what will happen, where, and why it is asked", () => {
    const question: unknown = JSON.parse(buildApprovalQuestion({ ...facts, mode: "auto" }).toString());
    expect(question).toMatchInlineSnapshot(`
      {
        "message": "Allow the tool "delete\\u202e_file" of server "files" to run on "devbox"?
      Arguments: {
        "path": "/a"
      }
      Asked because the tool says that it may destroy something.",
        "requestedSchema": {
          "properties": {
            "decision": {
              "enum": [
                "allow once",
                "allow for this session",
                "always allow",
                "deny",
              ],
              "title": "Decision",
              "type": "string",
            },
          },
          "required": [
            "decision",
          ],
          "type": "object",
        },
      }
    `);
  });

  test("does not offer always to whoever wants to be asked every time", () => {
    const question = buildApprovalQuestion({ ...facts, mode: "prompt" }).toString();
    expect(question).toContain('"enum":["allow once","allow for this session","deny"]');
  });
});

describe("the answer", () => {
  const accept = (decision: unknown): CallAnswer => result({ action: "accept", content: { decision } });

  test.each([
    [accept("allow once"), "once"],
    [accept("allow for this session"), "session"],
    [accept("always allow"), "always"],
    [accept("deny"), "denied"],
    [result({ action: "decline" }), "denied"],
    [result({ action: "decline", content: { decision: "allow once" } }), "denied"],
    [result({ action: "cancel" }), "cancelled"],
    [accept("ALLOW ONCE"), "unreadable"],
    [accept(true), "unreadable"],
    [accept(undefined), "unreadable"],
    [result({ action: "accept" }), "unreadable"],
    [result({ action: "accept", content: {} }), "unreadable"],
    [result({ action: "accept", content: null }), "unreadable"],
    [result(null), "unreadable"],
    [result({ decision: "approved" }), "unreadable"],
    [error({ code: -1, message: "User rejected" }), "unreadable"],
    [error({ code: -32601, message: "Method not found" }), "unaskable"],
    [error({ code: -32021, message: "Missing capability" }), "unaskable"],
  ])("%# is %s", (answer, kind) => {
    expect(readApprovalAnswer(answer, "auto")).toEqual({ kind });
  });

  test("always is no answer where it was not offered", () => {
    expect(readApprovalAnswer(accept("always allow"), "prompt")).toEqual({ kind: "unreadable" });
    expect(readApprovalAnswer(accept("allow for this session"), "prompt")).toEqual({ kind: "session" });
  });
});

test.each([
  ["built-in", "[built_ins.box.tools.run]"],
  ["connector", "[connectors.box.tools.run]"],
  ["configured", "[mcp_servers.box.tools.run]"],
] as const)("a refusal of a server that is %s names the table where it can be allowed", (origin, table) => {
  const answer = refusalResult({ server: "box", tool: "run", origin }, { kind: "unaskable" });
  if (answer.kind !== "result") throw new Error("An agent's model sees results only");
  expect(answer.result.toString()).toContain(`under ${table}`);
});

test.each(["denied", "cancelled", "unreadable", "unaskable"] as const)("a refusal says why: %s", (kind) => {
  const answer = refusalResult({ server: "files", tool: "rm.all" }, { kind });
  if (answer.kind !== "result") throw new Error("An agent's model sees results only");
  const { content, isError } = JSON.parse(answer.result.toString()) as {
    content: { text: string }[];
    isError: true;
  };
  expect(isError).toBe(true);
  const texts = {
    denied:
      'The tool "rm.all" of server "files" was not called: the user did not allow it. Do not try it again unless the user asks for it.',
    cancelled:
      'The tool "rm.all" of server "files" was not called: the user closed the question without an answer, which counts as no.',
    unreadable:
      'The tool "rm.all" of server "files" was not called: the answer to the question for approval could not be understood, which counts as no.',
    unaskable:
      'The tool "rm.all" of server "files" was not called: it needs the user\'s approval, and this agent cannot ask for it (it lacks the capability "elicitation" with forms). Whoever configures Fairlead can allow it without asking: approval = "approve" under [mcp_servers.files.tools."rm.all"], or default_approval = "approve" for the server.',
  };
  expect(content[0]?.text).toBe(texts[kind]);
});
