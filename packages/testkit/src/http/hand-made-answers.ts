import type { HandMadeAnswer } from "./hand-made-call.js";

const capabilities = `{"tools":{"listChanged":true},"resources":{"subscribe":true,"listChanged":true},"logging":{}}`;
const tools = `[{"name":"echo","inputSchema":{"type":"object"}}]`;
const content = `[{"type":"text","text":"called"}]`;

/** What a hand-made server of an era answers unless it is told otherwise, by method. */
export const handMadeAnswers: Readonly<
  Record<"legacy" | "modern", Readonly<Record<string, HandMadeAnswer>>>
> = {
  legacy: {
    initialize: () =>
      `{"protocolVersion":"2025-11-25","capabilities":${capabilities},"serverInfo":{"name":"hand-made","version":"1"}}`,
    ping: () => "{}",
    "logging/setLevel": () => "{}",
    "resources/subscribe": () => "{}",
    "resources/unsubscribe": () => "{}",
    "tools/list": () => `{"tools":${tools}}`,
    "tools/call": () => `{"content":${content}}`,
  },
  modern: {
    "server/discover": () =>
      `{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":${capabilities},"ttlMs":0,"cacheScope":"private","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"hand-made","version":"1"}}}`,
    "tools/list": () => `{"resultType":"complete","ttlMs":0,"cacheScope":"private","tools":${tools}}`,
    "tools/call": () => `{"resultType":"complete","content":${content}}`,
  },
};
