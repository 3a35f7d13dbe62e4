import fc from "fast-check";
import { expect, test } from "vitest";
import { createJsonLocator } from "./locate-json.js";

const text = `{
  "other": [{"mcpServers": 1}, 2],
  "mcpServers": {
    "a\\"b": { "command": "x",
      "args": [
        "one",
        { "deep": "}" }
      ],
      "env": { "K": ":" } },
    "h": {
      "httpUrl": "https://x",
      "headers": { "A": "1",
        "B": "2" } },
    "headers": { "command": "y" }
  }
}`;

test.each<[place: PropertyKey[], line: number | undefined]>([
  [["mcp_servers"], 3],
  [["mcp_servers", 'a"b'], 4],
  [["mcp_servers", 'a"b', "command"], 4],
  [["mcp_servers", 'a"b', "missing"], 4],
  [["mcp_servers", 'a"b', "args", 0], 6],
  [["mcp_servers", 'a"b', "args", 1], 7],
  [["mcp_servers", 'a"b', "env", "K"], 9],
  [["mcp_servers", "h", "url"], 11],
  [["mcp_servers", "h", "http_headers", "B"], 13],
  [["mcp_servers", "h", "bearer_token_env_var"], 12],
  [["mcp_servers", "headers", "command"], 14],
  [["other", 1], 2],
  [["nowhere"], undefined],
])("the line of %j is %j", (place, line) => {
  expect(createJsonLocator(text)(place)).toBe(line);
});

test("every member of any JSON is found on the line where its key stands", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const pretty = JSON.stringify({ top: value }, null, 1);
      const lineOf = createJsonLocator(pretty);
      const lines = pretty.split("\n");
      for (const [place, key] of placesOf({ top: value }, [])) {
        const line = lines[(lineOf(place) ?? 0) - 1] ?? "";
        const isThere = typeof key === "number" ? line !== "" : line.includes(`${JSON.stringify(key)}:`);
        expect(isThere, `${String(key)} in ${line}`).toBe(true);
      }
    }),
  );
});

function placesOf(value: unknown, base: PropertyKey[]): [PropertyKey[], PropertyKey][] {
  if (typeof value !== "object" || value === null) return [];
  const steps: [PropertyKey, unknown][] = Array.isArray(value)
    ? value.map((item: unknown, index) => [index, item])
    : Object.entries(value);
  return steps.flatMap(([key, inner]) => [[[...base, key], key], ...placesOf(inner, [...base, key])]);
}
