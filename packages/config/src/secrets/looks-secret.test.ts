import { expect, test } from "vitest";
import { looksSecret } from "./looks-secret.js";

test.each([
  ["GITHUB_TOKEN", "anything"],
  ["apiKey", "anything"],
  ["X-Api-Key", "anything"],
  ["DB_PASSWORD", "hunter2"],
  ["DB_PWD", "hunter2"],
  ["DB_PASS", "hunter2"],
  ["dbpass", "hunter2"],
  ["PIN", "990211"],
  ["KEY", "YOUR_KEY_HERE"],
  ["Authorization", "Bearer abcdef"],
  ["Cookie", "a=b"],
  ["WHATEVER", "ghp_0123456789abcdefghij"],
  ["WHATEVER", "sk-proj-0123456789"],
  ["URL", "postgres://reader:hunter2@db/site"],
  ["WHATEVER", "-----BEGIN RSA PRIVATE KEY-----"],
  ["SERVICE", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b"],
])("%s with such a value looks like a secret", (name, value) => {
  expect(looksSecret(name, value)).toBe(true);
});

test.each([
  ["TOKEN", ""],
  ["TOKEN_LIMIT", "4096"],
  ["MAX_TOKENS", "4096"],
  ["USE_TOKEN", "true"],
  ["API_KEY_FILE", "/run/secrets/api-key"],
  ["TOKEN_URL", "https://auth.example.com/token"],
  ["LOG_LEVEL", "debug"],
  ["KEYBOARD", "de"],
  ["PWD", "/work/site"],
  ["OLDPWD", "/work/site"],
  ["PROXY_BYPASS", "localhost"],
  ["AUTHOR", "me"],
  ["URL", "postgres://db/site"],
  ["ROOT", "/home/me/projects/site/node_modules/long-name"],
  ["PACKAGE", "@modelcontextprotocol/server-filesystem@2026.8.31"],
  ["MODEL", "claude-opus-4-20260101-preview"],
])("%s with such a value looks like none", (name, value) => {
  expect(looksSecret(name, value)).toBe(false);
});
