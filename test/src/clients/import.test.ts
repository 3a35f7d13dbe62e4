import { chmod, readFile, stat } from "node:fs/promises";
import type { CommandResult } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestHome } from "../servers/support/create-test-home.js";
import { outputOf } from "../servers/support/output-of.js";
import { type ConfiguredHome, createConfiguredHome } from "./fixture-configurations.js";

const secrets = /hunter2|patAbC|0c1d2e3f|0123456789abcdef|s3cr3t|YOUR_API_KEY_HERE/;

describe("fairlead import", () => {
  let site: ConfiguredHome;
  beforeAll(async () => {
    site = await createConfiguredHome();
  });
  afterAll(async () => site.home[Symbol.asyncDispose]());

  const config = (): Promise<string> => readFile(site.home.folder.file("config.toml"), "utf8");

  async function importing(...args: readonly string[]): Promise<CommandResult> {
    const done = await site.home.fairlead(["import", ...args], { cwd: site.project });
    expect(done.stdout + done.stderr).not.toMatch(secrets);
    return done;
  }

  test("stops at what it cannot take over, says why and what would do, and writes nothing", async () => {
    const done = await importing("claude", "--project", ".");
    expect(done.code).toBe(2);
    expect(done.stdout).toBe("");
    expect(done.stderr).toContain("Brave Search: name ");
    expect(done.stderr).toContain(
      '--rename "Brave Search=Brave-Search", or --fix-names for all. Nothing was written',
    );
    expect(await config()).toBe("");
  });

  test("takes nothing of the folder that one happens to be in, and says what takes it", async () => {
    const done = await importing("claude", "--fix-names", "--dry-run", "--json");
    const { from, servers, left } = JSON.parse(outputOf(done)) as {
      from: readonly string[];
      servers: readonly { file: string }[];
      left: readonly { key: string; reason: string }[];
    };
    const ofFolder = `${site.project}/.mcp.json`;
    expect(from).not.toContain(ofFolder);
    expect(servers.map(({ file }) => file)).not.toContain(ofFolder);
    expect(left).toContainEqual(
      expect.objectContaining({ key: ofFolder, reason: expect.stringContaining("--project .") }),
    );
    const named = await importing("claude", "--project", ".", "--fix-names", "--dry-run", "--json");
    expect((JSON.parse(outputOf(named)) as { from: readonly string[] }).from[0]).toBe(ofFolder);
  });

  test("a client that has files in the folder alone is not found, and the way to take them is told", async () => {
    await using home = await createTestHome();
    await home.folder.write("site/.cursor/mcp.json", '{ "mcpServers": { "x": { "command": "x" } } }');
    const done = await home.fairlead(["import", "cursor"], { cwd: home.folder.file("site") });
    expect(done.code).toBe(5);
    expect(done.stderr).toContain("--project . takes it");
    expect(await readFile(home.folder.file("config.toml"), "utf8")).toBe("");
  });

  test("shows the difference of a dry run and writes nothing", async () => {
    const done = await importing("claude", "--project", ".", "--fix-names", "--dry-run");
    const shown = outputOf(done);
    expect(shown).toMatch(/^airtable +added +npx -y airtable-mcp-server$/m);
    expect(shown).toContain("+[mcp_servers.airtable]");
    expect(shown).toContain('+env_vars = ["AIRTABLE_API_KEY"]');
    expect(done.stderr).toContain("airtable: env.AIRTABLE_API_KEY: set AIRTABLE_API_KEY where Fairlead runs");
    expect(await config()).toBe("");
  });

  test("writes the servers of the folder, of the user and of Claude Desktop, once", async () => {
    outputOf(await importing("claude", "--project", ".", "--fix-names"));
    const names = async (): Promise<readonly string[]> =>
      [...(await config()).matchAll(/^\[mcp_servers\.(.*)\]$/gm)].map(([, name = ""]) => name);
    const all = [
      "shared",
      "api-server",
      "database",
      "docs",
      "airtable",
      "notion",
      "asana",
      "internal",
      "tracker",
    ];
    expect(await names()).toEqual([...all, "filesystem", "Brave-Search"]);
    const written = await config();
    expect(written).not.toMatch(secrets);

    const again = await importing("claude", "--project", ".", "--fix-names");
    expect(again.stderr).toContain("nothing to change");
    expect(outputOf(again)).toMatch(/^airtable +unchanged /m);
    expect(await config()).toBe(written);
  });

  test("what was written is a configuration that loads", async () => {
    const { servers } = JSON.parse(
      outputOf(await site.home.fairlead(["list", "--json", "--strict-config"])),
    ) as {
      servers: readonly { name: string; enabled: boolean }[];
    };
    expect(servers).toHaveLength(11);
    expect(servers.find(({ name }) => name === "docs")?.enabled).toBe(false);
  });

  test("takes a file, whatever its shape, and says in JSON what became of each key", async () => {
    const done = await importing(".vscode/mcp.json", "--skip-invalid", "--json");
    const result = JSON.parse(outputOf(done)) as {
      changed: boolean;
      servers: readonly { name: string; status: string; left: readonly { key: string }[] }[];
    };
    expect(result.changed).toBe(true);
    expect(result.servers.map(({ name, status }) => [name, status])).toEqual([
      ["myServer", "added"],
      ["socket", "invalid"],
    ]);
    expect(result.servers[0]?.left.map(({ key }) => key)).toEqual([
      "envFile",
      "sandboxEnabled",
      "sandbox",
      "dev",
    ]);
    expect(await config()).toContain(`args = ["-y", "@example/mcp-server", "${site.project}"]`);
  });

  test("secrets that are copied can be read by nobody else, which is told", async () => {
    await using home = await createTestHome();
    const file = home.folder.file("config.toml");
    await chmod(file, 0o644);
    const env = { GITHUB_TOKEN: "ghp_0123456789abcdef0123" };
    await home.folder.write("x.json", JSON.stringify({ mcpServers: { x: { command: "x", env } } }));
    const done = await home.fairlead(["import", home.folder.file("x.json"), "--copy-secrets"]);
    expect(outputOf(done)).toMatch(/^x +added/m);
    expect(done.stderr).toContain("others can no longer read it");
    expect(await readFile(file, "utf8")).toContain("ghp_");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test("what a stranger wrote moves no cursor and makes no line of its own", async () => {
    await using home = await createTestHome();
    const name = "a\u001b[2J\nfairlead: all is well\u202e";
    const raw = { command: "x\u001b]0;title\u0007", args: ["\nb"], "left\u001b[1A\nfairlead: fine": 1 };
    await home.folder.write("x.json", JSON.stringify({ mcpServers: { [name]: raw } }));
    const file = home.folder.file("x.json");
    for (const flag of ["--fix-names", "--skip-invalid", "--force"]) {
      const done = await home.fairlead(["import", file, flag, "--dry-run"]);
      const shown = done.stdout + done.stderr;
      expect(shown).toContain("a\ufffd[2J");
      expect(shown).not.toMatch(/[^\P{Cc}\n]|\u202e|^fairlead: (?:all is well|fine)/mu);
    }
  });

  test.each([
    [["import", "nothing-here.json"], 5, "does not exist"],
    [["import", "cursr"], 5, 'Did you mean "cursor"?'],
    [["import", "package.json"], 2, "has no servers"],
    [["import", "broken.json"], 2, "broken.json:1:3 is not valid JSON"],
    [["import", "cursor", "--executor", "nowhere"], 5, 'There is no executor "nowhere"'],
    [["import", "cursor", "--rename", "nothing=x"], 2, 'names "nothing", which is not there'],
    [["import", "codex", "--rename", "x"], 2, "write NAME=VALUE"],
  ])("%j ends with exit code %i and says that it %s", async (args, code, text) => {
    await site.home.folder.write("site/package.json", '{ "name": "x" }');
    await site.home.folder.write("site/broken.json", "{ broken");
    const done = await site.home.fairlead(args, { cwd: site.project });
    expect(done.stderr).toContain(text);
    expect(done.code).toBe(code);
  });
});
