import { describe, expect, test } from "vitest";
import { secretArguments, secretsInUrl } from "./secret-arguments.js";

describe("secretArguments", () => {
  test.each([
    [["--api-key", "abc"], ["abc"]],
    [["--api-key=abc"], ["abc"]],
    [["-H", "Authorization=abc"], ["abc"]],
    [["sk-abcdefghij0123456789"], ["sk-abcdefghij0123456789"]],
    [["--config", "sk-abcdefghij0123456789"], ["sk-abcdefghij0123456789"]],
    [["--token", "--verbose"], []],
    [["-y", "@modelcontextprotocol/server-filesystem", "/srv/work/with-2-numbers-in-it"], []],
    [["--port", "8080"], []],
    [["--key-file", "/home/me/key.pem"], []],
  ] as const)("in %j are %j", (args, secrets) => expect(secretArguments(args)).toEqual(secrets));
});

describe("secretsInUrl", () => {
  test.each([
    ["https://me:p%40ss@host.invalid/mcp?api_key=abc&page=2", ["p@ss", "abc"]],
    ["https://host.invalid/hook/abcdefghij0123456789abc/mcp", ["abcdefghij0123456789abc"]],
    ["https://host.invalid/mcp", []],
    ["https://ghp_token@host.invalid/", ["ghp_token"]],
    ["no address", []],
  ])("in %s", (url, secrets) => expect(secretsInUrl(url)).toEqual(secrets));
});
