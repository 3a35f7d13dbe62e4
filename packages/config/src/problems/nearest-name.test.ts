import { expect, test } from "vitest";
import { didYouMean, nearestName } from "./nearest-name.js";

const keys = [
  "command",
  "args",
  "cwd",
  "env",
  "env_vars",
  "executor",
  "startup_timeout_sec",
  "tool_timeout_sec",
];

test.each<[typed: string, meant: string | undefined]>([
  ["comand", "command"],
  ["cmomand", "command"],
  ["arg", "args"],
  ["Env", "env"],
  ["envVars", "env_vars"],
  ["env-vars", "env_vars"],
  ["startupTimeoutSec", "startup_timeout_sec"],
  ["startup_timeout", "startup_timeout_sec"],
  ["tool_timeout_ms", "tool_timeout_sec"],
  ["autoApprove", undefined],
  ["x", undefined],
  ["", undefined],
])("%j most likely meant %j", (typed, meant) => {
  expect(nearestName(typed, keys)).toBe(meant);
});

test("asks only where something is near", () => {
  expect(didYouMean("fils", ["files"])).toBe(' Did you mean "files"?');
  expect(didYouMean("fils", [])).toBe("");
});
