import { describe, expect, test } from "vitest";
import { possibleSecretArguments, queryValues, secretArguments, secretsInUrl } from "./secret-arguments.js";

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
    [["--pass", "hunter2abc"], ["hunter2abc"]],
    [["--dbpass=hunter2"], ["hunter2"]],
    [["-u", "admin:swordfish9"], ["swordfish9"]],
    [["--user=admin:swordfish9"], ["swordfish9"]],
    [["-u", "https://host.invalid/x"], []],
    [["--pin", "990211"], ["990211"]],
    [["Server=db;Uid=sa;Pwd=hunter2"], ["hunter2"]],
    [["--dsn=Server=db;Pwd=hunter2"], ["hunter2"]],
    [["--set=name=a,password=hunter2"], ["hunter2"]],
    [["-H", "X-Api-Key: hunter2"], ["hunter2"]],
    [["--session=abc", "keycloak:26.0.1"], ["abc"]],
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

test("any value of a flag may be a secret that has a digit and is no path or address", () => {
  const args = [
    "-x",
    "hunter2abc",
    "--y=990211",
    "--port",
    "8080",
    "-c",
    "/srv/a1b2c3",
    "--z",
    "stdio-words",
    "a1b2c3",
  ];
  expect(possibleSecretArguments(args)).toEqual(["hunter2abc", "990211"]);
  expect(queryValues("https://host.invalid/mcp?k=zzzsecret99&page=2")).toEqual(["zzzsecret99", "2"]);
});
