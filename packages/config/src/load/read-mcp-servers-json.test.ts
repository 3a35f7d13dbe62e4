import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { failure, file, jsonFile, load } from "./load-fixture.js";

describe("an mcpServers file", () => {
  const env = { HOME: "/home/me", EMPTY: "", TOKEN: "hidden" };

  test("is laid over config.toml: a server of both is the file's alone, in its old place", async () => {
    const { config, warnings } = await load(
      'default_executor = "embedded"\n[mcp_servers.a]\ncommand = "a"\nargs = ["1"]\n[mcp_servers.b]\ncommand = "b"\n',
      {
        json: {
          mcpServers: {
            c: { type: "stdio", command: "c", args: ["x"], env: { A: "1" }, cwd: "/tmp" },
            a: { command: "other" },
          },
          inputs: [],
        },
      },
    );
    expect(warnings).toEqual([]);
    expect([...config.servers.values()]).toMatchObject([
      { name: "a", command: "other", args: [], file: jsonFile },
      { name: "b", command: "b", args: [], file },
      { name: "c", command: "c", args: ["x"], file: jsonFile },
    ]);
    expect(config.servers.get("c")).toMatchObject({ env: { A: "1" }, cwd: "/tmp", executor: "embedded" });
  });

  test("fills in variables, in every text", async () => {
    const { config } = await load(undefined, {
      env,
      json: {
        mcpServers: {
          a: {
            command: "${HOME}/bin/x",
            args: [
              "${env:HOME}",
              "${NO:-a b}",
              "${EMPTY:-d}",
              "[${EMPTY}]",
              "${NO:-}",
              "$HOME",
              "${HOME}${TOKEN}",
            ],
            cwd: "${NO:-/tmp}",
            env: { T: "Bearer ${TOKEN}" },
          },
        },
      },
    });
    expect(config.servers.get("a")).toMatchObject({
      command: "/home/me/bin/x",
      args: ["/home/me", "a b", "d", "[]", "", "$HOME", "/home/mehidden"],
      cwd: "/tmp",
      env: { T: "Bearer hidden" },
    });
  });

  test("warns about unknown keys", async () => {
    const { warnings } = await load(undefined, {
      json: { mcpServers: { a: { command: "a", autoApprove: [], startupTimeoutSec: 3 } } },
    });
    expect(warnings.map(({ message }) => message.replaceAll(jsonFile, "JSON"))).toEqual([
      "JSON:1: mcpServers.a.autoApprove: is not a key that this version knows (ignored)",
      'JSON:1: mcpServers.a.startupTimeoutSec: is not a key that this version knows; did you mean "startup_timeout_sec"? (ignored)',
    ]);
  });

  test.each<[what: string, json: unknown, expected: string]>([
    [
      "a missing variable",
      { mcpServers: { a: { command: "a", env: { K: "${TOKEN}${NO_SUCH}" } } } },
      "JSON:1: mcpServers.a.env.K: the environment variable NO_SUCH is not set; set it, or write ${NO_SUCH:-default}",
    ],
    [
      "a variable inherited from Object",
      { mcpServers: { a: { command: "${constructor}" } } },
      "the environment variable constructor is not set",
    ],
    [
      "another kind of variable",
      { mcpServers: { a: { command: "${input:key}" } } },
      "JSON:1: mcpServers.a.command: ${input:key} cannot be filled in",
    ],
    [
      "a transport that nobody has",
      { mcpServers: { a: { type: "ws", url: "https://x" } } },
      'JSON:1: mcpServers.a.type: expected "stdio", "http" or "sse"',
    ],
    [
      "an unknown type",
      { mcpServers: { a: { type: 3, command: "a" } } },
      'JSON:1: mcpServers.a.type: expected "stdio", "http" or "sse"',
    ],
    [
      "a server that is no table",
      { mcpServers: { a: "npx" } },
      "JSON:1: mcpServers.a: expected a table, got a string",
    ],
    [
      "a bad name",
      { mcpServers: { "my server": { command: "a" } } },
      'JSON:1: mcpServers."my server": a name has only letters',
    ],
    ["null", { mcpServers: { a: { command: null } } }, "mcpServers.a.command: expected a string, got null"],
    [
      "a secret of the wrong type",
      { mcpServers: { a: { command: "a", env: { PIN: 4711 } } } },
      "mcpServers.a.env.PIN: expected a string, got a number",
    ],
    ["no mcpServers", { servers: {} }, 'JSON has no "mcpServers" object'],
    ["an array", [], 'JSON has no "mcpServers" object'],
    [
      "a trailing comma",
      '{\n  "mcpServers": { "a": "hidden", }\n}',
      "JSON:2:34 is not valid JSON (no comments, no trailing commas)",
    ],
    ["a comment", "// hidden\n{}", "JSON:1:1 is not valid JSON"],
    ["an early end", '{ "a": [1, 2', "JSON:1:13 is not valid JSON"],
    ["an empty file", "", "JSON:1:1 is not valid JSON"],
  ])("%s is refused", async (_what, json, expected) => {
    const message = await failure(undefined, { json, env });
    expect(message).toContain(expected);
    expect(message).not.toMatch(/hidden|4711|\n/);
  });

  test("leaves out Fairlead itself, which other programs start from there", async () => {
    const { config, warnings } = await load(undefined, {
      env,
      json: { mcpServers: { fairlead: { command: "fairlead", args: ["serve"] }, a: { command: "a" } } },
    });
    expect([...config.servers.keys()]).toEqual(["a"]);
    expect(warnings).toEqual([]);
  });

  test("leaves it out too where only a variable makes it that", async () => {
    const json = {
      mcpServers: { own: { command: "${X:-fairlead}", args: ["serve"] }, a: { command: "a" } },
    };
    const names = async (env: Record<string, string>): Promise<string[]> => [
      ...(await load(undefined, { env, json })).config.servers.keys(),
    ];
    expect(await names({})).toEqual(["a"]);
    expect(await names({ X: "other" })).toEqual(["own", "a"]);
  });

  test("must exist", async () => {
    expect(await failure("", { mcpConfigFile: "/project/nothing.json" })).toBe(
      `${resolve("/project/nothing.json")} does not exist; --mcp-config needs a file with "mcpServers"`,
    );
  });

  test("its problems are told together with those of config.toml", async () => {
    expect(await failure("max_name = 1", { json: { mcpServers: { a: {} } } })).toMatchInlineSnapshot(`
      "The configuration has 2 problems:
        FILE:1: max_name: expected at least 24, got 1
        JSON:1: mcpServers.a.command: is missing; expected a string, or a url instead"
    `);
  });
});
