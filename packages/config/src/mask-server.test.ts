import { expect, test } from "vitest";
import { maskServer, maskUrl } from "./mask-server.js";

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
])("the address %s shows as %s", (url, shown) => {
  expect(maskUrl(url)).toBe(shown);
});
