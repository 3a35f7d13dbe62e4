import { describe, expect, test } from "vitest";
import { type HeaderSources, resolveHeaders } from "./http-headers.js";

type Server = Parameters<typeof resolveHeaders>[0];

const bare: Server = { name: "web", headers: {}, envHeaders: {} };
const fromHost = (name: string) => ({ name, source: "host" }) as const;
const fromExecutor = (name: string) => ({ name, source: "executor" }) as const;

function resolve(server: Partial<Server>, sources: Partial<HeaderSources> = {}) {
  return resolveHeaders({ ...bare, ...server }, { env: {}, ...sources });
}

test("a server without headers gets none", () => {
  expect(resolve({})).toEqual({ headers: { values: {}, fromEnv: [] }, warnings: [] });
});

describe("a header is taken from the last place that has it", () => {
  const headers = { "X-A": "written", "X-B": "written", "X-C": "written", "X-D": "written" };
  const envHeaders = { "x-b": fromHost("B"), "x-c": fromHost("C"), "x-d": fromExecutor("D") };

  test("over what is written stands the environment, over that the helper", () => {
    const env = { B: "of the environment", C: "of the environment" };
    const { values, fromEnv } = resolve(
      { headers, envHeaders },
      { env, helped: { "X-c": "helped" } },
    ).headers;
    expect(values).toEqual({
      "X-A": "written",
      "x-b": "of the environment",
      "X-c": "helped",
      "X-D": "written",
    });
    expect(fromEnv).toEqual([{ header: "x-d", name: "D" }]);
  });

  test("a helper wins over the executor's environment too", () => {
    const { values, fromEnv } = resolve({ envHeaders }, { helped: { "X-D": "helped" } }).headers;
    expect(values).toEqual({ "X-D": "helped" });
    expect(fromEnv).toEqual([]);
  });

  test("the token wins over every other Authorization", () => {
    const all = {
      headers: { authorization: "written" },
      envHeaders: { AUTHORIZATION: fromExecutor("A") },
      bearerTokenVar: fromHost("T"),
    };
    const { headers: found } = resolve(all, { env: { T: "token" }, helped: { Authorization: "helped" } });
    expect(found).toEqual({ values: { Authorization: "Bearer token" }, fromEnv: [] });
  });
});

test.each([
  ["unset", {}],
  ["empty", { B: "" }],
  ["blank", { B: " \t" }],
])("a variable that is %s leaves what is written", (_, env) => {
  const server = { headers: { "X-B": "written" }, envHeaders: { "X-B": fromHost("B") } };
  expect(resolve(server, { env })).toEqual({
    headers: { values: { "X-B": "written" }, fromEnv: [] },
    warnings: [],
  });
});

test.each([
  ["a line break", "hidden\nX-Other: 1"],
  ["a character that no header has", "hidden€"],
])("a variable with %s is left out with a warning that does not show it", (_, value) => {
  const { headers, warnings } = resolve({ envHeaders: { "X-B": fromHost("B") } }, { env: { B: value } });
  expect(headers.values).toEqual({});
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(/X-B.*environment variable B/);
  expect(warnings[0]).not.toContain("hidden");
});

test("what is set on Object is no variable", () => {
  expect(resolve({ envHeaders: { "X-B": fromHost("constructor") } }).headers.values).toEqual({});
});

describe("the bearer token", () => {
  const server = { bearerTokenVar: fromHost("T") };

  test.each([
    ["as it is", "abc.DEF-123", false],
    ["that begins with Bearer", "Bearer abc.DEF-123", true],
    ["in any case", "bEARER  abc.DEF-123", true],
    ["with blanks around it", " abc.DEF-123 ", false],
  ])("%s is sent behind one Bearer", (_, value, isWarned) => {
    const { headers, warnings } = resolve(server, { env: { T: value } });
    expect(headers.values).toEqual({ Authorization: "Bearer abc.DEF-123" });
    expect(warnings.length > 0).toBe(isWarned);
    expect(warnings.join()).not.toContain("abc");
  });

  test.each([
    ["that is not set", undefined, "is not set"],
    ["that is empty", "", "is blank"],
    ["that is blank", "  ", "is blank"],
    ["that is only the word", "Bearer ", "is blank"],
    ["with a line break at its end", "hidden\n", "contains a line break"],
    ["with a line break in it", "hidden\r\nX: y", "contains a line break"],
    ["of two words", "hidden hidden", "contains a character"],
    ["with a letter that no header has", "hiddenß", "contains a character"],
  ])("%s is an error that names the variable", (_, value, expected) => {
    const thrown = (() => {
      try {
        return resolve(server, { env: { T: value } });
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toMatchObject({
      code: "usage",
      reason: "config_invalid",
      effect: "none",
      details: { server: "web", variable: "T" },
    });
    expect(String(thrown)).toContain(`environment variable T (bearer_token_env_var) ${expected}`);
    expect(String(thrown)).not.toContain("hidden");
  });

  test("of the executor is left to the executor, and needed", () => {
    expect(resolve({ bearerTokenVar: fromExecutor("T") }, { env: { T: "the host's" } }).headers).toEqual({
      values: {},
      fromEnv: [{ header: "Authorization", name: "T", prefix: "Bearer ", required: true }],
    });
  });
});
