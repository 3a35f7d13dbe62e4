import { describe, expect, it } from "vitest";
import {
  type AgentMessage,
  type AgentMessageClass,
  classifyAgentMessage,
  establishedEra,
  isLogWanted,
} from "./classify.js";
import { metaKeys } from "./meta-keys.js";
import type { Era } from "./protocol-versions.js";

const valid = { [metaKeys.protocolVersion]: "2026-07-28", [metaKeys.clientCapabilities]: {} };

function request(method: string, meta?: object, rest: object = {}): AgentMessage {
  return { method, params: meta === undefined ? rest : { ...rest, _meta: meta }, isRequest: true };
}

function errorWhenModern(message: AgentMessage): unknown {
  return errorOf(classifyAgentMessage(message, "modern"));
}

function errorOf(found: AgentMessageClass): unknown {
  return found.era === "unsupported" ? found.error : found.era;
}

describe("classifyAgentMessage", () => {
  it("takes every message without a version in _meta for legacy on a fresh connection", () => {
    const messages = [
      request("initialize", undefined, { protocolVersion: "2025-11-25" }),
      request("tools/list"),
      request("server/discover"),
      request("tools/call", { progressToken: 1, [metaKeys.clientCapabilities]: {} }),
      { method: "notifications/initialized", params: undefined, isRequest: false },
      request("x", undefined, { _meta: [metaKeys.protocolVersion] }),
    ];
    for (const message of messages)
      expect(classifyAgentMessage(message, undefined)).toEqual({ era: "legacy" });
  });

  it("reads who sends a modern request, its capabilities and its log level", () => {
    const clientInfo = { name: "a", version: "1", title: "A" };
    const capabilities = { elicitation: { url: {} }, custom: 1 };
    const meta = {
      ...valid,
      [metaKeys.clientInfo]: clientInfo,
      [metaKeys.clientCapabilities]: capabilities,
      [metaKeys.logLevel]: "warning",
    };
    expect(classifyAgentMessage(request("tools/list", meta), undefined)).toEqual({
      era: "modern",
      envelope: { version: "2026-07-28", clientInfo, capabilities, logLevel: "warning" },
    });
    expect(classifyAgentMessage(request("server/discover", valid), "modern")).toEqual({
      era: "modern",
      envelope: { version: "2026-07-28", clientInfo: undefined, capabilities: {}, logLevel: undefined },
    });
  });

  it.each([
    ["a version that is no text", { ...valid, [metaKeys.protocolVersion]: 7 }, "protocolVersion"],
    ["no capabilities", { [metaKeys.protocolVersion]: "2026-07-28" }, "clientCapabilities"],
    ["capabilities of another kind", { ...valid, [metaKeys.clientCapabilities]: [] }, "clientCapabilities"],
    ["a nameless client", { ...valid, [metaKeys.clientInfo]: { version: "1" } }, "clientInfo"],
    ["an unknown log level", { ...valid, [metaKeys.logLevel]: "loud" }, "logLevel"],
  ])("refuses an envelope with %s and names the key", (_, meta, key) => {
    expect(errorOf(classifyAgentMessage(request("tools/list", meta), undefined))).toMatchObject({
      code: -32602,
      data: { envelope: { key: `io.modelcontextprotocol/${key}` } },
    });
  });

  it.each(["2099-01-01", "2025-11-25", "soon"])(
    "answers the unsupported version %s with ours",
    (requested) => {
      const meta = { [metaKeys.protocolVersion]: requested };
      expect(errorOf(classifyAgentMessage(request("server/discover", meta), undefined))).toMatchObject({
        code: -32022,
        data: { supported: ["2026-07-28"], requested },
      });
    },
  );

  it("lets an agent initialize whatever its _meta says, unless that is a whole modern envelope", () => {
    const params = { protocolVersion: "2025-11-25" };
    const broken = request("initialize", { [metaKeys.protocolVersion]: "2025-11-25" }, params);
    expect(classifyAgentMessage(broken, undefined)).toEqual({ era: "legacy" });
    expect(classifyAgentMessage(request("initialize", valid, params), undefined).era).toBe("modern");
  });

  it("never looks at _meta again once an agent is legacy", () => {
    expect(classifyAgentMessage(request("tools/list", valid), "legacy")).toEqual({ era: "legacy" });
  });

  it("refuses what has no envelope once an agent is modern, and lets its notifications pass", () => {
    expect(errorWhenModern(request("tools/list"))).toMatchObject({ code: -32602 });
    expect(errorWhenModern(request("ping"))).toMatchObject({ code: -32601 });
    expect(
      errorWhenModern(request("initialize", undefined, { protocolVersion: "2025-06-18" })),
    ).toMatchObject({
      code: -32022,
      data: { supported: ["2026-07-28"], requested: "2025-06-18" },
    });
    expect(errorWhenModern(request("initialize"))).toMatchObject({
      code: -32022,
      data: { supported: ["2026-07-28"] },
    });
    const cancel = { method: "notifications/cancelled", params: { requestId: 1 }, isRequest: false };
    expect(classifyAgentMessage(cancel, "modern")).toEqual({ era: "modern", envelope: undefined });
  });
});

describe("establishedEra", () => {
  it.each<[string, (AgentMessage | "note")[], Era | undefined]>([
    ["stays open after a probe", [request("server/discover", valid)], undefined],
    [
      "is legacy after a probe and initialize",
      [request("server/discover", valid), request("initialize")],
      "legacy",
    ],
    [
      "is modern after a probe and a call",
      [request("server/discover", valid), request("tools/list", valid)],
      "modern",
    ],
    [
      "stays open after a refused version",
      [request("a", { [metaKeys.protocolVersion]: "2099-01-01" })],
      undefined,
    ],
    ["stays open after a modern notification", ["note"], undefined],
    ["does not change any more", [request("tools/list", valid), request("initialize")], "modern"],
    ["stays legacy", [request("initialize"), request("tools/list", valid)], "legacy"],
  ])("%s", (_, messages, expected) => {
    let era: Era | undefined;
    for (const entry of messages) {
      const message = entry === "note" ? { ...request("notifications/x", valid), isRequest: false } : entry;
      era = establishedEra(era, message, classifyAgentMessage(message, era));
    }
    expect(era).toBe(expected);
  });
});

describe("isLogWanted", () => {
  it("lets through what is at least as severe as asked for, and nothing unasked", () => {
    expect([isLogWanted("info", "warning"), isLogWanted("error", "warning")]).toEqual([false, true]);
    expect([isLogWanted("warning", "warning"), isLogWanted("emergency", undefined)]).toEqual([true, false]);
    expect(isLogWanted("odd", "emergency")).toBe(true);
  });
});
