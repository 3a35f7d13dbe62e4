import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "@fairlead/config";
import { afterEach, beforeEach, expect, test } from "vitest";
import { secretsOf } from "./secrets-of.js";

let home = "";
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "fairlead-secrets-"));
});
afterEach(() => rm(home, { recursive: true }));

test("the variable with which the gateway asks about tokens is known, whatever it is called", async () => {
  const lines = [
    "[gateway.oauth]",
    'issuer = "https://login.example"',
    'resource = "https://tools.example/mcp"',
    'introspection = { url = "https://login.example/ask", client_id = "a", client_secret_env = "ASK" }',
  ];
  await writeFile(join(home, "config.toml"), lines.join("\n"));
  const { config } = await loadConfig({ home });
  expect((await secretsOf({ home, config }, { ASK: "words" })).certain).toEqual(["words"]);
});

test("of a configuration that cannot be read every text may be a secret, and so may the variables that it names", async () => {
  const lines = [
    "[mcp_servers.s",
    "# \"a comment\" 'of ours'",
    'command = "/usr/bin/tool"',
    `args = ["some words", 'sk-0123456789abcdefghij', "say \\"it\\""]`,
    'api_key = "long-enough"',
    'env_vars = ["ASK"]',
    'KEY = """',
    "of several words",
    '"""',
  ];
  await writeFile(join(home, "config.toml"), lines.join("\n"));
  await writeFile(join(home, "gateway-token"), "token-of-the-gateway\n");
  const known = await secretsOf({ home, config: undefined }, { ASK: "words" });
  expect(known.certain).toEqual(["sk-0123456789abcdefghij", "long-enough", "token-of-the-gateway"]);
  expect(known.possible).toEqual(["some words", 'say "it"', "ASK", "words", "of several words"]);
});
