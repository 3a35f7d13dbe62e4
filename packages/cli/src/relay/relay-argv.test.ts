import { expect, test } from "vitest";
import { parseRelayArguments } from "./relay-argv.js";

test.each([
  [[], { mode: "auto", server: undefined }],
  [["--attach", "auto"], { mode: "auto", server: undefined }],
  [["--attach=always", "--server", "files"], { mode: "always", server: "files" }],
  [["--server=files"], { mode: "auto", server: "files" }],
])("a hub could take over serve %j", (argv, expected) => {
  expect(parseRelayArguments(argv)).toEqual(expected);
});

test.each([
  [["--attach", "never"]],
  [["--attach"]],
  [["--server"]],
  [["--http"]],
  [["--http", "0"]],
  [["--mcp-config", "x.json"]],
  [["--strict-config"]],
  [["--help"]],
  [["--server", "--help"]],
  [["files"]],
])("serve %j is the whole program's", (argv) => {
  expect(parseRelayArguments(argv)).toBeUndefined();
});
