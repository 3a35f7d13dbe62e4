import { expect, test } from "vitest";
import { maskServer } from "./mask-server.js";
import { maskUrl } from "./secrets/mask-url.js";

test("hides the values of the environment and nothing else, and leaves the server itself alone", () => {
  const server = { command: "npx", args: ["-y"], env: { TOKEN: "hidden", EMPTY: "" } };
  expect(maskServer(server)).toEqual({ command: "npx", args: ["-y"], env: { TOKEN: "***", EMPTY: "***" } });
  expect(JSON.stringify(maskServer(server))).not.toContain("hidden");
  expect(server.env.TOKEN).toBe("hidden");
  const bare: { command: string; env?: Record<string, string> } = { command: "npx" };
  expect(maskServer(bare)).toEqual({ command: "npx" });
});

test("hides what gives a program a secret, and names it", () => {
  expect(maskServer({ command: "x", args: ["--api-key", "hidden", "--token=hidden", "-v"] })).toEqual({
    command: "x",
    args: ["--api-key", "***", "--token=***", "-v"],
  });
  expect(maskServer({ url: "https://x/mcp", headers_helper: "echo 'Bearer hidden-hidden'" })).toEqual({
    url: "https://x/mcp",
    headers_helper: "***",
  });
});

test.each<[string | readonly string[], string | readonly string[]]>([
  ["helper --token hidden", "***"],
  ["helper --scope all", "helper --scope all"],
  [
    ["helper", "--pass", "hidden"],
    ["helper", "--pass", "***"],
  ],
])("of a program that makes headers, %j shows as %j", (helper, shown) => {
  const url = "https://x/mcp";
  expect(maskServer({ url, headers_helper: helper })).toEqual({ url, headers_helper: shown });
  expect(maskServer({ url, headersHelper: helper })).toEqual({ url, headersHelper: shown });
});

test("hides the values of headers, resolved or as they are written", () => {
  const url = "https://x/mcp?key=hidden";
  const shown = "https://x/mcp?key=***";
  expect(maskServer({ url, headers: { A: "hidden" }, envHeaders: { B: { name: "VARIABLE" } } })).toEqual({
    url: shown,
    headers: { A: "***" },
    envHeaders: { B: { name: "VARIABLE" } },
  });
  expect(maskServer({ url, http_headers: { A: "hidden" }, bearer_token_env_var: "VARIABLE" })).toEqual({
    url: shown,
    http_headers: { A: "***" },
    bearer_token_env_var: "VARIABLE",
  });
});

test.each([
  ["https://x/mcp", "https://x/mcp"],
  ["https://x/mcp?", "https://x/mcp?"],
  ["https://x/mcp?a=b&c", "https://x/mcp?a=b&c"],
  ["https://x/mcp?tenant=a&api_key=hidden&Token=hidden", "https://x/mcp?tenant=a&api_key=***&Token=***"],
  ["https://x/mcp?apiKey=&sig=h", "https://x/mcp?apiKey=&sig=***"],
  ["https://x/mcp?q=hidden-hidden-hidden-hidden-hidden", "https://x/mcp?q=***"],
  ["https://me:hidden@x/mcp", "https://***@x/mcp"],
  ["https://x/s/0a1b2c3d4e5f6a7b8c9d0e1f/mcp", "https://x/s/***/mcp"],
  ["no address?token=shown", "no address?token=shown"],
])("the address %s shows as %s", (url, shown) => {
  expect(maskUrl(url)).toBe(shown);
});
