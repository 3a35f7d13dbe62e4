import { expect, test } from "vitest";
import { maskConfigText } from "./mask-text.js";

test("our own file shows what it says, but no values of environments and headers", () => {
  const text = `# top
default_executor = "devbox"
[mcp_servers.files] # mine
command = "npx"
args = ["-y", "--api-key=hidden", "--token", 'hidden', "x"]
env = { TOKEN = "hidden", "quoted key" = 'hidden' }
url = "https://x/mcp?tenant=a&key=hidden"
[mcp_servers.more]
http_headers.X = """
hidden
"""
[mcp_servers.more.env]
A = "hidden"
`;
  const masked = maskConfigText(text, "config.toml");
  expect(masked).toMatchInlineSnapshot(`
    "# top
    default_executor = "devbox"
    [mcp_servers.files] # mine
    command = "npx"
    args = ["-y", "--api-key=***", "--token", '***', "x"]
    env = { TOKEN = "***", "quoted key" = "***" }
    url = "https://x/mcp?tenant=a&key=***"
    [mcp_servers.more]
    http_headers.X = "***"


    [mcp_servers.more.env]
    A = "***"
    "
  `);
  expect(masked).not.toContain("hidden");
  expect(masked.split("\n")).toHaveLength(text.split("\n").length);
});

test("a file of somebody else shows nothing but our entry", () => {
  const text = `{
  // hers
  "userID": "private",
  "history": ["private", 1],
  "mcpServers": {
    "fairlead": { "command": "fairlead", "args": ["serve", "--token", "hidden"], "env": { "A": "hidden" } },
    "other": { "command": "private" }
  }
}
`;
  const masked = maskConfigText(text, "x.json", { onlyBelow: ["mcpServers", "fairlead"] });
  expect(masked).toMatchInlineSnapshot(`
    "{
      // hers
      "userID": "***",
      "history": ["***", 1],
      "mcpServers": {
        "fairlead": { "command": "fairlead", "args": ["serve", "--token", "***"], "env": { "A": "***" } },
        "other": { "command": "***" }
      }
    }
    "
  `);
  expect(masked).not.toMatch(/hidden|private/);
  const toml =
    'model = "private"\n[mcp_servers.fairlead]\ncommand = "fairlead"\n[mcp_servers.a]\ncommand = "private"\n';
  expect(maskConfigText(toml, "x.toml", { onlyBelow: ["mcp_servers", "fairlead"] })).toMatchInlineSnapshot(`
    "model = "***"
    [mcp_servers.fairlead]
    command = "fairlead"
    [mcp_servers.a]
    command = "***"
    "
  `);
});

test("a text that cannot be read shows nothing", () => {
  expect(maskConfigText('{\n "a": hidden', "x.json")).toBe("***\n***");
});
