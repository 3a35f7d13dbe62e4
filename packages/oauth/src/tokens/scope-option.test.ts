import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { scopeOption } from "./scope-option.js";

test("plain scopes are told as they are, and nothing where there are none", () => {
  expect(scopeOption(["files:read", "a/b.c-d"])).toBe(" --scopes files:read,a/b.c-d");
  expect(scopeOption([])).toBe("");
});

test.skipIf(process.platform === "win32")("a shell gets every scope as it is, and runs nothing of it", () => {
  const scopes = ["x';echo${IFS}run;'", "$(echo)", "`echo`", "a;b", "*", "-n"];
  const told = execFileSync("sh", ["-c", `printf %s ${scopeOption(scopes).replace(" --scopes ", "")}`]);
  expect(told.toString()).toBe(scopes.join(","));
});

test("what is no scope is left out", () => {
  expect(scopeOption(["ok", "two words", "\u001b[2J", 'q"', "b\\", "", "ü"])).toBe(" --scopes ok");
});
