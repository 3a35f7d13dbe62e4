import { describe, expect, test } from "vitest";
import { type HeadedMessage, headerMismatchError } from "./standard-headers.js";

const call: HeadedMessage = {
  method: "tools/call",
  params: { name: "grün" },
  version: "2026-07-28",
  isRequest: true,
};
const right = { protocolVersion: "2026-07-28", method: "tools/call", name: "=?base64?Z3LDvG4=?=" };

describe("the standard headers of a modern message", () => {
  test("are right where they say what the body says", () => {
    expect(headerMismatchError(call, right)).toBeUndefined();
    const list = { ...call, method: "tools/list", params: {} };
    expect(headerMismatchError(list, { ...right, method: "tools/list", name: undefined })).toBeUndefined();
  });

  test.each([
    ["protocolVersion", undefined, "MCP-Protocol-Version is missing"],
    ["protocolVersion", "2025-11-25", "MCP-Protocol-Version does not say"],
    ["method", undefined, "Mcp-Method is missing"],
    ["method", "TOOLS/CALL", "Mcp-Method does not say"],
    ["name", undefined, "Mcp-Name is missing"],
    ["name", "other", "Mcp-Name does not say"],
    ["name", "=?base64?Z3LDvG4?=", "Mcp-Name is no base64"],
    ["name", "=?base64?/w==?=", "Mcp-Name is no base64"],
  ])("are wrong with %s %s", (header, value, text) => {
    const error = headerMismatchError(call, { ...right, [header]: value });
    expect(error).toMatchObject({ code: -32020, message: expect.stringContaining(text) });
  });

  test("may be missing on a notification, but not be wrong", () => {
    const note = { ...call, method: "notifications/progress", isRequest: false };
    const none = { protocolVersion: undefined, method: undefined, name: undefined };
    expect(headerMismatchError(note, none)).toBeUndefined();
    expect(headerMismatchError(note, { ...none, method: "notifications/cancelled" })?.code).toBe(-32020);
  });

  test("are not looked for where the body has no name to repeat", () => {
    expect(headerMismatchError({ ...call, params: {} }, { ...right, name: undefined })).toBeUndefined();
  });
});
