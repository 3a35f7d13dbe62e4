import { describe, expect, test } from "vitest";
import type { ApprovalMode } from "../orchestrator/server-definition.js";
import { approvalModeOf, approvalNeed } from "./approval-need.js";
import { readToolHints } from "./tool-hints.js";

const annotated = (annotations: object): string => JSON.stringify({ name: "a", annotations });

const tools = {
  "not listed": undefined,
  "no annotations": '{"name":"a"}',
  "null annotations": '{"name":"a","annotations":null}',
  "read only": annotated({ readOnlyHint: true }),
  "read only, open world": annotated({ readOnlyHint: true, openWorldHint: true }),
  "read only and destructive": annotated({ readOnlyHint: true, destructiveHint: true }),
  "text for true": annotated({ readOnlyHint: "true" }),
  destructive: annotated({ destructiveHint: true }),
  "not destructive": annotated({ destructiveHint: false }),
  "not destructive, closed world": annotated({ destructiveHint: false, openWorldHint: false }),
  "closed world": annotated({ openWorldHint: false }),
} as const;

const asks: Record<ApprovalMode, readonly (keyof typeof tools)[]> = {
  approve: [],
  prompt: Object.keys(tools) as (keyof typeof tools)[],
  writes: [
    "not listed",
    "no annotations",
    "null annotations",
    "text for true",
    "destructive",
    "not destructive",
    "not destructive, closed world",
    "closed world",
  ],
  auto: [
    "not listed",
    "no annotations",
    "null annotations",
    "read only and destructive",
    "text for true",
    "destructive",
    "not destructive",
    "closed world",
  ],
};

describe.each(Object.entries(asks))("%s", (mode, asked) => {
  test.each(Object.entries(tools))("a tool with: %s", (what, raw) => {
    const hints = readToolHints(raw === undefined ? undefined : Buffer.from(raw));
    const need = approvalNeed(mode as ApprovalMode, hints);
    expect(need !== undefined).toBe(asked.includes(what as keyof typeof tools));
  });
});

test("a tool's own setting wins over its server's, and nobody is asked where nothing is set", () => {
  const tools = { a: { approval: "prompt" }, b: { rename: "c" } } as const;
  expect(approvalModeOf({ tools, defaultApproval: "writes" }, "a")).toBe("prompt");
  expect(approvalModeOf({ tools, defaultApproval: "writes" }, "b")).toBe("writes");
  expect(approvalModeOf({ tools }, "b")).toBe("approve");
  expect(approvalModeOf({}, "toString")).toBe("approve");
});
