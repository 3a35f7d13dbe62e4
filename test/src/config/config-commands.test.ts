import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { workspaceRoot } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { createScene, secrets } from "../failures/support/scene.js";
import { createProjectScene, mcpServersText } from "./support/project.js";

describe("config path", () => {
  test("prints one path, whether the file is there or not", async () => {
    await using scene = await createScene();
    const file = scene.folder.file("home/config.toml");
    expect(await scene.fairlead(["config", "path"])).toMatchObject({
      code: 0,
      stdout: `${file}\n`,
      stderr: "",
    });
    const { stdout } = await scene.fairlead(["config", "path", "--json"]);
    expect(JSON.parse(stdout)).toEqual({
      home: scene.folder.file("home"),
      file,
      exists: false,
      projectFiles: [],
    });
  });

  test("tells the files of the project and how they are taken", async () => {
    await using scene = await createProjectScene();
    const [one, other] = [
      await scene.write(".mcp.json", mcpServersText({ s: scene.entry() })),
      await scene.write(".fairlead/config.toml", "[mcp_servers.s]\nenabled = false\n"),
    ];
    const { stdout } = await scene.fairlead(["config", "path", "--json"], { cwd: scene.root });
    expect(JSON.parse(stdout)).toMatchObject({
      projectFiles: [
        { file: one, state: "untrusted" },
        { file: other, state: "harmless" },
      ],
    });
  });
});

describe("config check", () => {
  test("lists all problems with file, line, key and the nearest name, and no secret", async () => {
    await using scene = await createScene();
    const file = await scene.configure(
      [
        'max_name = "x"',
        "[mcp_servers.a]",
        'comand = "x"',
        "[mcp_servers.b]",
        'command = "x"',
        'executor = "devbx"',
        `env = { KEY = ["${secrets.configured}"] }`,
        "[executors.devbox]",
        'url = "grpcs://d:1"',
        "",
      ].join("\n"),
    );
    const text = await scene.fairlead(["config", "check"]);
    expect(text.code).toBe(2);
    expect(text.stdout.trimEnd().split("\n")).toEqual([
      `error: ${file}:1: max_name: expected a number, got a string`,
      `error: ${file}:2: mcp_servers.a.command: is missing; expected a string, or a url instead`,
      `error: ${file}:7: mcp_servers.b.env.KEY: expected a string, got an array`,
      `warning: ${file}:3: mcp_servers.a.comand: is not a key that this version knows; did you mean "command"?`,
    ]);
    expect(text.stderr).toBe("3 errors, 1 warning\n");
    const { code, stdout } = await scene.fairlead(["config", "check", "--json"]);
    expect(code).toBe(2);
    const { ok, problems } = JSON.parse(stdout) as { ok: boolean; problems: object[] };
    expect(ok).toBe(false);
    expect(problems).toHaveLength(4);
    expect(problems.at(-1)).toMatchObject({
      severity: "warning",
      kind: "unknown_key",
      key: "mcp_servers.a.comand",
      file,
      line: 3,
      nearest: "command",
    });
    expect(text.stdout + stdout).not.toContain(secrets.configured);
  });

  test("tells an unknown executor, and takes an unknown key as an error where that is asked for", async () => {
    await using scene = await createScene();
    await scene.configure('max_nam = 1\n[mcp_servers.b]\ncommand = "x"\nexecutor = "locl"\n');
    const lenient = await scene.fairlead(["config", "check"]);
    expect(lenient).toMatchObject({ code: 0, stderr: "2 warnings\n" });
    expect(lenient.stdout).toContain('there is no executor "locl"; did you mean "local"?');
    expect((await scene.fairlead(["config", "check", "--strict-config"])).code).toBe(2);
  });

  test("of a file that is no TOML names its line", async () => {
    await using scene = await createScene();
    const file = await scene.configure("a = 1\nb = \n");
    const result = await scene.fairlead(["config", "check", "--json"]);
    expect(result.code).toBe(2);
    expect(JSON.parse(result.stdout)).toMatchObject({ ok: false, problems: [{ file, line: 2 }] });
  });
});

describe("config schema", () => {
  test("prints what is in docs/", async () => {
    await using scene = await createScene();
    const { stdout, code } = await scene.fairlead(["config", "schema"]);
    expect(code).toBe(0);
    const page = await readFile(join(workspaceRoot(), "docs/config.schema.json"), "utf8");
    expect(JSON.parse(stdout)).toEqual(JSON.parse(page));
  });
});

describe("config explain", () => {
  test("tells a person the value, what it is for, and where it comes from", async () => {
    await using scene = await createScene();
    const file = await scene.configure('[mcp_servers.files]\ncommand = "npx"\n[profiles.p]\nmax_name = 30\n');
    const command = await scene.fairlead(["config", "explain", "mcp_servers.files.command"]);
    expect(command).toMatchObject({ code: 0, stderr: "" });
    expect(command.stdout).toBe(
      `mcp_servers.files.command = "npx"\n  Program to start: a name on its machine's PATH, or a path there.\n* ${file}:2  "npx"\n`,
    );
    const name = await scene.fairlead(["config", "explain", "max_name", "--profile", "p"]);
    expect(name.stdout.split("\n").slice(2, 4)).toEqual([
      expect.stringMatching(/^ {2}default +48$/),
      `* ${file}:4 (profile)  30`,
    ]);
  });

  test("never shows a secret", async () => {
    await using scene = await createScene();
    await scene.configure(scene.server("s"));
    for (const flags of [[], ["--json"]]) {
      const { stdout } = await scene.fairlead(["config", "explain", "mcp_servers.s", ...flags]);
      expect(stdout).toContain("CONFIGURED_SECRET");
      expect(stdout).not.toContain(secrets.configured);
    }
  });

  test("never shows a secret of arguments, and neither does list", async () => {
    await using scene = await createScene();
    await scene.configure(
      '[mcp_servers.s]\ncommand = "x"\nargs = ["--api-key=SENTINEL", "--token", "SENTINEL", "--port", "81"]\n',
    );
    for (const words of [["config", "explain", "mcp_servers.s"], ["list"]]) {
      for (const flags of [[], ["--json"]]) {
        const { stdout } = await scene.fairlead([...words, ...flags]);
        expect(stdout).toContain("81");
        expect(stdout).not.toContain("SENTINEL");
      }
    }
  });

  test.each([
    ["mcp_servers.files.comand", 2, 'Did you mean "command"?'],
    ["mcp_servers.fils.command", 5, 'Did you mean "files"?'],
    ["a..b", 2, "is no key"],
  ])("%s ends with %i", async (key, code, message) => {
    await using scene = await createScene();
    await scene.configure('[mcp_servers.files]\ncommand = "npx"\n');
    const result = await scene.fairlead(["config", "explain", key]);
    expect(result).toMatchObject({ code, stdout: "" });
    expect(result.stderr).toContain(message);
  });
});

test("config features lists each with its stage and how it is switched", async () => {
  await using scene = await createScene();
  await scene.configure("[features]\ndevbox = true\n");
  const { stdout } = await scene.fairlead(["config", "features"]);
  expect(stdout).toMatch(/^NAME +STAGE +STATE +DESCRIPTION\ndevbox +preview +on /);
  expect(stdout).toMatch(/^catalogue +stable +on /m);
  const json = await scene.fairlead(["config", "features", "--json", "--disable", "devbox"]);
  const { features } = JSON.parse(json.stdout) as { features: object[] };
  expect(features[0]).toMatchObject({
    name: "devbox",
    enabled: false,
    defaultEnabled: false,
    stage: "preview",
  });
});

test.each([["path"], ["check"], ["schema"], ["explain"], ["features"]])(
  "config %s --help has an example",
  async (name) => {
    await using scene = await createScene();
    const { stdout, code } = await scene.fairlead(["config", name, "--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`Examples?:\\n.*fairlead config ${name}`, "s"));
  },
);
