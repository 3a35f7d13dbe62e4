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
      // ***
      "userID": "***",
      "history": ["***", "***"],
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

test("comments and numbers of somebody else are as private as texts", () => {
  const json = `// private
{
  "pin": 4711, "isPrivate": true, /* private
  private */ "mcpServers": {
    // private
    "fairlead": {
      // mine, not "hidden"
      "command": "fairlead", // key: sk-hidden0123456789
      "timeout": 5
    }, // private
    "url": "x//y"
  }
}
`;
  const shown = maskConfigText(json, "x.json", { onlyBelow: ["mcpServers", "fairlead"] });
  expect(shown).not.toMatch(/\bprivate|4711|true|sk-/);
  expect(shown).toContain('// mine, not "hidden"');
  expect(shown).toContain('"timeout": 5');
  expect(shown.split("\n")).toHaveLength(json.split("\n").length);

  const toml = `# private
born = 1979-05-27 # private
pins = [
  4711, # private
]
# private
[mcp_servers.fairlead] # ours
# ours
command = "fairlead" # ours # too
# private
# [mcp_servers.off]
[tail]
text = """
# 4711"""
`;
  const shownToml = maskConfigText(toml, "x.toml", { onlyBelow: ["mcp_servers", "fairlead"] });
  expect(shownToml).toMatchInlineSnapshot(`
    "# ***
    born = "***" # ***
    pins = "***"


    # ***
    [mcp_servers.fairlead] # ours
    # ours
    command = "fairlead" # ours # too
    # ***
    # ***
    [tail]
    text = "***"

    "
  `);
  expect(shownToml.split("\n")).toHaveLength(toml.split("\n").length);
});

test.each([
  "# GITHUB_TOKEN = hidden-word",
  '# env = { "api_key" = "hidden-word" }',
  "# ask with Bearer hidden-word-0815",
  "# postgres: ghp_hiddenhiddenhidden",
  "# see https://me:hidden@host/",
  "# a1hidden2b3c4d5e6f7g8h9i0j1k2l",
])("a comment with what looks like a secret is not shown, even in our own file: %s", (comment) => {
  const text = `a = "# b" ${comment}\n# a word about tokens stays\n`;
  expect(maskConfigText(text, "config.toml")).toBe('a = "# b" # ***\n# a word about tokens stays\n');
  const json = `{ "a": "// b" } ${comment.replace("#", "//")}\n`;
  expect(maskConfigText(json, "x.json")).toBe('{ "a": "// b" } // ***\n');
});

test("a mark of the byte order hides nothing from the mask", () => {
  const text = '\uFEFF// token: ghp_hiddenhiddenhidden\n{ "env": { "A": "hidden" } }\n';
  expect(maskConfigText(text, "x.json")).toBe('\uFEFF// ***\n{ "env": { "A": "***" } }\n');
});
