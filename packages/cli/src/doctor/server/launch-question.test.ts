import type { StdioServerConfig } from "@fairlead/config";
import { isFairleadError } from "@fairlead/core";
import { expect, test } from "vitest";
import { serverSettings } from "../../runtime/server-fixture.js";
import { toLaunchQuestion } from "./launch-question.js";

const server: StdioServerConfig = {
  ...serverSettings,
  transport: "stdio",
  command: "npx",
  args: ["-y", "server", "C:\\Users\\me"],
  env: { LOG: "debug", API_KEY: "secret", Path: "C:\\tools" },
  envVars: [
    { name: "GITHUB_TOKEN", source: "host" },
    { name: "DB_URL", source: "executor" },
  ],
};
const surroundings = { env: { GITHUB_TOKEN: "secret", PATH: "/usr/bin" }, cwd: "/home/me/no-such-folder" };

test("a Windows executor is asked in its own spelling, and this machine's folders are not looked at", () => {
  const windows = { pathConvention: "windows", isLocal: false } as const;
  const question = toLaunchQuestion({ ...server, cwd: "C:\\Users\\me\\repo" }, windows, surroundings);
  expect(question).toEqual({
    program: "npx",
    cwd: "file:///C:/Users/me/repo",
    env: { set: { Path: "C:\\tools" }, inherit: [] },
    variables: ["DB_URL"],
  });
  expect(toLaunchQuestion(server, windows, surroundings).cwd).toBeUndefined();
});

test("a folder that cannot be one there is an error of its own", () => {
  const posix = { pathConvention: "posix", isLocal: false } as const;
  const ask = (): unknown => toLaunchQuestion({ ...server, cwd: "C:\\Users\\me" }, posix, surroundings);
  expect(ask).toThrow(expect.toSatisfy((error) => isFairleadError(error) && error.reason === "path_invalid"));
});

test("no secret goes out before there is a start", () => {
  const question = toLaunchQuestion(server, { pathConvention: "posix", isLocal: true }, surroundings);
  expect(JSON.stringify(question)).not.toContain("secret");
});
