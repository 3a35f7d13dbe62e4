import { describe, expect, test } from "vitest";
import { expectClean, expectFailure, expectNothingLeft } from "./support/expect-failure.js";
import { createScene } from "./support/scene.js";

const invalid = { exit: 2, code: "usage", reason: "config_invalid" } as const;

describe("an unknown key", () => {
  test("is warned about in one line with file, line and the nearest key, and the command goes on", async () => {
    await using scene = await createScene();
    const path = await scene.configure(scene.server("good", [], ['excutor = "local"']));
    const result = await scene.fairlead(["call", "good", "echo", '{"text":"hello"}']);
    expectClean(result);
    expect(result).toMatchObject({ code: 0, stdout: "hello\n" });
    expect(result.stderr.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^fairlead: .*:6: mcp_servers\.good\.excutor: .*did you mean "executor"/),
    ]);
    expect(result.stderr).toContain(path);
    await expectNothingLeft(scene);
  });

  test.each(["call", "tools", "get"])("is an error of %s with --strict-config", async (command) => {
    await using scene = await createScene();
    const path = await scene.configure(scene.server("good", [], ['excutor = "local"']));
    const args = [command, "good", ...(command === "call" ? ["echo"] : []), "--strict-config"];
    await expectFailure(scene, args, {
      ...invalid,
      tells: [`${path}:6`, "mcp_servers.good.excutor", 'did you mean "executor"'],
    });
  });

  test("is an error of serve with --strict-config, before an agent is answered", async () => {
    await using scene = await createScene();
    await scene.configure(`nonsense = 1\n${scene.server("good")}`);
    await expectFailure(
      scene,
      ["serve", "--strict-config"],
      { ...invalid, tells: ["config.toml:1", "nonsense"] },
      { input: '{"jsonrpc":"2.0","id":1,"method":"ping"}\n' },
    );
  });
});

describe("a value of a wrong type", () => {
  const cases = [
    ["args", 'args = "--flag"', /:3: mcp_servers\.x\.args: expected an array, got a string/],
    ["startup_timeout_sec", 'startup_timeout_sec = "60"', /expected a number, got a string/],
    ["env", "env = { TOKEN = 123456789012 }", /mcp_servers\.x\.env\.TOKEN: expected a string, got a number/],
    ["command", "", /mcp_servers\.x\.command: is missing/],
  ] as const;

  test.each(cases)(
    "of %s is an error that names file, line, key and what was expected",
    async (key, line, tells) => {
      await using scene = await createScene();
      const command = key === "command" ? "" : 'command = "node"\n';
      const path = await scene.configure(`[mcp_servers.x]\n${command}${line}\n`);
      await expectFailure(scene, ["call", "x", "echo"], { ...invalid, tells: [path, tells] });
    },
  );

  test("never shows the value, which may be a secret", async () => {
    await using scene = await createScene();
    await scene.configure('[mcp_servers.x]\ncommand = "node"\nenv = { KEY = ["SENTINEL-value"] }\n');
    const result = await scene.fairlead(["list"]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("mcp_servers.x.env.KEY");
    expect(result.stderr).not.toContain("SENTINEL");
  });
});

test("a file that is no TOML is an error with its line", async () => {
  await using scene = await createScene();
  const path = await scene.configure("[mcp_servers.x]\ncommand = \n");
  await expectFailure(scene, ["list"], { ...invalid, tells: [`${path}:2`] });
});

test("several problems are told together, as one error", async () => {
  await using scene = await createScene();
  await scene.configure('max_name = "x"\n[mcp_servers.x]\nargs = 1\n');
  const result = await scene.fairlead(["list", "--json"]);
  expect(result.code).toBe(2);
  expect(result.stderr.trimEnd().split("\n")).toHaveLength(1);
  expect(JSON.parse(result.stderr)).toMatchObject({ error: { code: "usage", details: { problems: 3 } } });
});

test("a home that does not exist is an error that names it", async () => {
  await using scene = await createScene();
  const home = scene.folder.file("no-home");
  await expectFailure(
    scene,
    ["list"],
    { exit: 2, code: "usage", reason: "home_invalid", tells: [home, "does not exist"] },
    { env: { FAIRLEAD_HOME: home } },
  );
});
