import { expect, test } from "vitest";
import { isSecretArgument, maskArguments } from "./secret-arguments.js";

test.each<[args: readonly string[], shown: readonly string[]]>([
  [["--api-key=hunter2"], ["--api-key=***"]],
  [["--api-key=hunter2;a=b"], ["--api-key=***"]],
  [
    ["--api-key", "hunter2"],
    ["--api-key", "***"],
  ],
  [
    ["--pass", "hunter2abc"],
    ["--pass", "***"],
  ],
  [["--dbpass=hunter2"], ["--dbpass=***"]],
  [
    ["--pin", "990211"],
    ["--pin", "***"],
  ],
  [
    ["--pwd", "hunter2"],
    ["--pwd", "***"],
  ],
  [
    ["-e", "TOKEN=hunter2"],
    ["-e", "TOKEN=***"],
  ],
  [["--env=TOKEN=hunter2"], ["--env=TOKEN=***"]],
  [
    ["-H", "X-Api-Key: hunter2"],
    ["-H", "X-Api-Key: ***"],
  ],
  [["--header=X-Api-Key: hunter2"], ["--header=X-Api-Key: ***"]],
  [
    ["-H", "Authorization: Bearer hunter2hunter2"],
    ["-H", "Authorization:***"],
  ],
  [
    ["-u", "admin:swordfish9"],
    ["-u", "admin:***"],
  ],
  [
    ["--user", "admin:990211"],
    ["--user", "admin:***"],
  ],
  [["--user=admin:swordfish9"], ["--user=admin:***"]],
  [["Server=db;Uid=sa;Pwd=hunter2"], ["Server=db;Uid=sa;Pwd=***"]],
  [["Server=db;Pwd=hunter2;Uid=sa;"], ["Server=db;Pwd=***;Uid=sa;"]],
  [['Server=db;User Password="a;b"'], ["Server=db;User Password=***"]],
  [["--dsn=Server=db;Pwd=hunter2"], ["--dsn=Server=db;Pwd=***"]],
  [['--config={"host":"db","token":"hunter2","n":1}'], ['--config={"host":"db","token":"***","n":1}']],
  [['{ "auth": { "api_key" : "a\\"b" } }'], ['{ "auth": { "api_key" : "***" } }']],
  [
    ['{"a":{"password":"one","user":"sa"},"secret":"two"}'],
    ['{"a":{"password":"***","user":"sa"},"secret":"***"}'],
  ],
  [
    ["-c", "curl -H 'X-Api-Key: hunter2' https://h/"],
    ["-c", "curl -H 'X-Api-Key: ***' https://h/"],
  ],
  [["host=db user=sa password=hunter2"], ["host=db user=sa password=***"]],
  [
    ["--set", "name=a,password=hunter2"],
    ["--set", "name=a,password=***"],
  ],
  [["jdbc:postgresql://h/db?user=a&password=b"], ["jdbc:postgresql://h/db?user=a&password=***"]],
  [["jdbc:sqlserver://h;user=a;password=b;"], ["jdbc:sqlserver://h;user=a;password=***;"]],
  [["--url=https://h/mcp?page=2&api_key=hunter2"], ["--url=https://h/mcp?page=2&api_key=***"]],
  [["--dsn=mysql://root:hunter2@db/x"], ["--dsn=***"]],
  [["ghp_0123456789abcdefghij"], ["***"]],
])("of %j as much is shown as %j, and an import copies none of it", (args, shown) => {
  expect(maskArguments(args)).toEqual(shown);
  expect(args.some((argument, index) => isSecretArgument(argument, args[index - 1]))).toBe(true);
});

test.each<[args: readonly string[]]>([
  [["-y", "@modelcontextprotocol/server-filesystem@2026.8.31", "/srv/work/with-2-numbers-in-it"]],
  [["-e", "API_KEY"]],
  [["--token", "--verbose"]],
  [["--token-file=/run/token"]],
  [["C:\\Users\\me"]],
  [["https://example.com:8080/mcp"]],
  [["checkout", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b"]],
  [["-u", "https://example.com/mcp"]],
  [["-u", "1000"]],
  [["--user", "1000:1000"]],
  [["--user=1000:1000"]],
  [["-e", "PWD=/work/site"]],
  [["Server=db;Uid=sa;Encrypt=yes"]],
  [["--mount", "type=bind,source=/work/site,target=/site"]],
  [["-c", "cd /srv && exec server --port=80 --name=x"]],
])("%j is shown as it is, and an import copies it", (args) => {
  expect(maskArguments(args)).toEqual(args);
  expect(args.some((argument, index) => isSecretArgument(argument, args[index - 1]))).toBe(false);
});

test("the address behind a flag is shown like any other", () => {
  expect(maskArguments(["--url=https://h/s/0a1b2c3d4e5f6a7b8c9d0e1f/mcp?token=hunter2"])).toEqual([
    "--url=https://h/s/***/mcp?token=***",
  ]);
});

test("an argument of many settings takes no longer than its length", () => {
  const settings = "a=b;".repeat(20_000) + ",".repeat(20_000);
  expect(maskArguments([`${settings}x`])).toEqual([`${settings}x`]);
});
