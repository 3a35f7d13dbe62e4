import { chmod, lstat, readFile, rename, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CommandResult, initializeRawClient, runCommand, spawnRawClient } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { outputOf } from "../servers/support/output-of.js";
import { type ConfiguredHome, createConfiguredHome } from "./fixture-configurations.js";

let site: ConfiguredHome;
beforeAll(async () => {
  site = await createConfiguredHome();
});
afterAll(async () => site.home[Symbol.asyncDispose]());

function client(...args: readonly string[]): Promise<CommandResult> {
  return site.home.fairlead(["client", ...args], { cwd: site.project });
}

const files = {
  claude: ".claude.json",
  "claude-desktop": ".config/Claude/claude_desktop_config.json",
  codex: ".codex/config.toml",
  cursor: ".cursor/mcp.json",
  gemini: ".gemini/settings.json",
  vscode: ".config/Code/User/mcp.json",
  windsurf: ".codeium/windsurf/mcp_config.json",
  zed: ".config/zed/settings.json",
} as const;

describe.each(Object.entries(files))("client install %s", (name, path) => {
  test("adds an entry, once, keeps mode and backup, and takes it out byte for byte", async () => {
    const file = site.home.folder.file(path);
    const before = await readFile(file, "utf8");
    await chmod(file, 0o640);

    const dry = outputOf(await client("install", name, "--dry-run"));
    expect(dry).toContain("fairlead.js");
    expect(dry).not.toMatch(/hunter2|patAbC|0123456789abcdef|s3cr3t/);
    expect(await readFile(file, "utf8")).toBe(before);

    expect(outputOf(await client("install", name))).toContain(`Installed fairlead in ${file}`);
    const installed = await readFile(file, "utf8");
    expect(installed).not.toBe(before);
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    expect(await readFile(`${file}.fairlead-backup`, "utf8")).toBe(before);
    expect((await stat(`${file}.fairlead-backup`)).mode & 0o777).toBe(0o600);

    expect(outputOf(await client("install", name))).toContain("has fairlead already");
    expect(await readFile(file, "utf8")).toBe(installed);
    expect(outputOf(await client("list"))).toMatch(new RegExp(`^${name} +user +installed as fairlead `, "m"));

    expect(outputOf(await client("install", name, "--uninstall"))).toContain("Removed fairlead");
    expect(await readFile(file, "utf8")).toBe(before);
    expect(outputOf(await client("install", name, "--uninstall"))).toContain("has no fairlead");
  });
});

describe("client install", () => {
  test("writes what really starts a gateway", async () => {
    outputOf(await client("install", "cursor"));
    const { mcpServers } = JSON.parse(await readFile(site.home.folder.file(files.cursor), "utf8")) as {
      mcpServers: { fairlead: { command: string; args: string[]; env: Record<string, string> } };
    };
    const { command, args, env } = mcpServers.fairlead;
    // As a window system starts it: with next to nothing in the environment, and somewhere else.
    const bare = { ...env, HOME: site.home.folder.path, FAIRLEAD_TEST_MARKER: site.home.marker };
    await using raw = await spawnRawClient([command, ...args], { env: bare, cwd: "/" });
    await initializeRawClient(raw);
    raw.closeStdin();
    expect((await raw.exited).code).toBe(0);
  });

  test("follows a link and leaves it a link", async () => {
    const file = site.home.folder.file(files.gemini);
    const elsewhere = site.home.folder.file("dotfiles-gemini.json");
    await rename(file, elsewhere);
    await symlink(elsewhere, file);
    outputOf(await client("install", "gemini"));
    expect((await lstat(file)).isSymbolicLink()).toBe(true);
    expect(await readFile(elsewhere, "utf8")).toContain("fairlead.js");
  });

  test("writes a file for everybody of a project that names no path of this machine", async () => {
    outputOf(await client("install", "vscode", "--scope", "project", "--name", "tools"));
    const text = await readFile(join(site.project, ".vscode", "mcp.json"), "utf8");
    expect(text).toContain('"tools"');
    expect(text).toContain('"command": "fairlead"');
    expect(text).not.toContain(site.home.folder.path);
  });

  test("leaves alone what is somebody else's, unless that is asked for", async () => {
    const done = await client("install", "codex", "--name", "figma");
    expect(done.stderr).toContain("is something else");
    expect(done.code).not.toBe(0);
    outputOf(await client("install", "codex", "--name", "figma", "--force"));
    expect(await readFile(site.home.folder.file(files.codex), "utf8")).toContain("fairlead.js");
  });

  test("names the token of a gateway and never writes it", async () => {
    const done = await client("install", "claude", "--name", "gate", "--http", "http://127.0.0.1:7150/mcp");
    expect(done.stderr).toContain("FAIRLEAD_TOKEN");
    expect(outputOf(done)).toContain("Installed gate");
    expect(await readFile(site.home.folder.file(files.claude), "utf8")).toContain("Bearer ${FAIRLEAD_TOKEN}");
  });

  test.each([
    [["nothing"], 2, "known are claude"],
    [["zed", "--http", "http://127.0.0.1:7150/mcp"], 2, "leave out --http"],
    [["claude", "--http"], 2, "set gateway.http"],
    [["windsurf", "--scope", "project"], 2, "has no configuration of a project"],
    [["claude", "--scope", "team"], 2, "Allowed choices are user, project"],
    [["claude", "--name", "a b"], 2, "--name has only letters"],
  ])("%j ends with exit code %i", async (args, code, text) => {
    const done = await client("install", ...args);
    expect(done.stderr).toContain(text);
    expect(done.code).toBe(code);
  });

  test("does not make up a client that is not here", async () => {
    const { home } = site;
    const empty = home.folder.file("empty");
    await home.folder.write("empty/x", "");
    const [program, ...args] = home.command("client", "install", "cursor");
    const env = { ...home.env, HOME: empty, USERPROFILE: empty };
    const done = await runCommand([program, ...args], { env, cwd: empty });
    expect(done.stderr).toContain("cursor was not found here");
    expect(done.code).toBe(5);
    outputOf(await runCommand([program, ...args, "--force"], { env, cwd: empty }));
    expect(await readFile(join(empty, ".cursor", "mcp.json"), "utf8")).toContain("fairlead.js");
  });

  test("a file that cannot be read is told, not replaced", async () => {
    const file = site.home.folder.file(files.zed);
    await writeFile(file, "{ broken");
    expect((await client("install", "zed")).stderr).toContain("settings.json:1:3 is not valid JSON");
    expect(await readFile(file, "utf8")).toBe("{ broken");
    const listed = await client("list");
    expect(outputOf(listed)).toMatch(/^zed +user +unreadable /m);
    expect(listed.stderr).toContain("settings.json:1:3 is not valid JSON");
  });

  test.skipIf(process.platform === "win32")("a pipe in a project's place keeps nobody waiting", async () => {
    const { folder, env } = site.home;
    const pipe = folder.file("trap/.mcp.json");
    await folder.write("trap/x", "");
    outputOf(await runCommand(["mkfifo", pipe], { env }));
    const project = ["--project", folder.file("trap")];
    const listed = await client("list", ...project);
    expect(outputOf(listed)).toMatch(/^claude +project +unreadable /m);
    expect(listed.stderr).toContain(`${pipe} is no file of at most 64 MiB`);
    const imported = await site.home.fairlead(["import", "claude", ...project, "--dry-run"]);
    expect(imported.stderr).toContain(`${pipe} is no file`);
    expect(imported.code).toBe(2);
    expect((await client("install", "claude", "--scope", "project", ...project)).code).toBe(2);
  });
});
