import { expect, test } from "vitest";
import { type AddInput, toServerEntry } from "./add-entry.js";

const entry = (flags: Partial<AddInput["flags"]>, command: readonly string[] = []) =>
  toServerEntry({ name: "web", command, flags: { probe: true, ...flags } });

test("a command becomes a program's table", () => {
  expect(
    entry({ env: { A: "b" }, envVar: ["C"], cwd: "/srv", shellProfile: true, executor: "devbox" }, [
      "npx",
      "-y",
      "p",
    ]),
  ).toEqual({
    command: "npx",
    args: ["-y", "p"],
    cwd: "/srv",
    shell_profile: true,
    env: { A: "b" },
    env_vars: ["C"],
    executor: "devbox",
  });
});

test("an address becomes a table of its own", () => {
  const flags = {
    url: "https://x/mcp",
    header: { "X-A": "b" },
    envHeader: { "X-C": "C" },
    bearerTokenEnvVar: "T",
    headersHelper: "print",
    protocol: "legacy" as const,
    executor: "devbox",
  };
  expect(entry(flags)).toEqual({
    url: "https://x/mcp",
    http_headers: { "X-A": "b" },
    env_http_headers: { "X-C": "C" },
    bearer_token_env_var: "T",
    headers_helper: "print",
    protocol: "legacy",
    executor: "devbox",
  });
  expect(entry({ url: "https://x/mcp" })).toEqual({ url: "https://x/mcp" });
});

test.each<[what: string, flags: Partial<AddInput["flags"]>, command: string[], expected: string]>([
  ["neither", {}, [], "after --"],
  ["both", { url: "https://x" }, ["npx"], "not both"],
  [
    "an environment for an address",
    { url: "https://x", env: { A: "b" } },
    [],
    "--env is for a server with a command",
  ],
  ["a folder for an address", { url: "https://x", cwd: "/" }, [], "--cwd is for a server with a command"],
  ["a header for a program", { header: { A: "b" } }, ["npx"], "--header is for a server with a --url"],
  [
    "a token for a program",
    { bearerTokenEnvVar: "T" },
    ["npx"],
    "--bearer-token-env-var is for a server with a --url",
  ],
])("%s is refused", (_, flags, command, expected) => {
  expect(() => entry(flags, command)).toThrow(
    expect.objectContaining({ code: "usage", message: expect.stringContaining(expected) }),
  );
});

test.each(["C:\\Users\\ü x\\", "C:/src", "\\\\srv\\share\\..", "/srv//x/./", "//srv/share", "\\\\?\\C:\\x"])(
  "the folder %j is kept as it is spelled",
  (cwd) => {
    expect(entry({ cwd, executor: "devbox" }, ["node"])).toMatchObject({ cwd });
  },
);

test.each([
  ["src", "is not absolute; give the full path on that machine, as in /srv/src or C:\\src"],
  [".", "is not absolute"],
  ["~/src", "only a shell knows what ~ is"],
  ["$HOME/src", "variables are not filled in"],
  ["%USERPROFILE%", "variables are not filled in; give the full path"],
  ["C:src", "it counts from the current folder of C:"],
  ["\\src", "it counts from the current drive"],
])("the folder %j, which no machine could find, is refused before any is asked", (cwd, told) => {
  expect(() => entry({ cwd, executor: "devbox" }, ["node"])).toThrow(told);
});
