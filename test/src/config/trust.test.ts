import { mkdir, readdir, readFile, rename, symlink } from "node:fs/promises";
import { join } from "node:path";
import { initializeRawClient, runCommand, waitUntil } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { serverProcesses, waitUntilServersGone } from "../lifetimes/support/server-processes.js";
import { untilSaid } from "../serve-cli/support/http-gateway.js";
import { createProjectScene, mcpServersText, type ProjectScene } from "./support/project.js";

async function namesIn(scene: ProjectScene, cwd = scene.root): Promise<{ names: string[]; said: string }> {
  const result = await scene.fairlead(["list", "--json"], { cwd });
  const { servers } = JSON.parse(result.stdout) as { servers: { name: string }[] };
  return { names: servers.map(({ name }) => name), said: result.stderr };
}

describe("files of a project", () => {
  test("are not used before the command that is told was typed, and no more after they changed", async () => {
    await using scene = await createProjectScene();
    await scene.configure(scene.server("mine"));
    const file = await scene.write(".mcp.json", mcpServersText({ theirs: scene.entry() }));
    const before = await namesIn(scene);
    expect(before.names).toEqual(["mine"]);
    expect(before.said).toBe(
      `fairlead: ${file} is not trusted yet and is not used. To see and use it: fairlead trust ${scene.root} (without a terminal: with --yes)\n`,
    );

    const [, ...typed] = /fairlead trust (\S+)/.exec(before.said)?.[0].split(" ") ?? [];
    const refused = await scene.fairlead(typed);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stdout).toContain(`server theirs runs: ${process.execPath}`);
    expect(refused.stderr).toContain(`fairlead trust ${scene.root} --yes`);
    const json = await scene.fairlead([...typed, "--json"]);
    expect(json).toMatchObject({ code: 2, stdout: "" });
    const { error } = JSON.parse(json.stderr) as { error: { details: { lines: string } } };
    expect(error.details.lines).toContain(`server theirs runs: ${process.execPath}`);
    expect((await namesIn(scene)).names).toEqual(["mine"]);
    const trusted = await scene.fairlead([...typed, "--yes"]);
    expect(trusted).toMatchObject({ code: 0, stderr: "" });
    expect(trusted.stdout).toContain(`${file} is trusted now\n`);
    expect(trusted.stdout).toContain(`server theirs runs: ${process.execPath}`);
    expect(await namesIn(scene)).toEqual({ names: ["mine", "theirs"], said: "" });
    const called = await scene.fairlead(["call", "theirs", "echo", '{"text":"hello"}'], { cwd: scene.root });
    expect(called).toMatchObject({ code: 0, stdout: "hello\n" });

    await scene.write(".mcp.json", mcpServersText({ theirs: scene.entry(["--name", "other"]) }));
    const changed = await namesIn(scene);
    expect(changed.names).toEqual(["mine"]);
    expect(changed.said).toContain(`${file} has changed since it was trusted and is not used.`);
  });

  test("that are not used are told in the one line of a failure, too", async () => {
    await using scene = await createProjectScene();
    await scene.configure('colour = "red"\n');
    const file = await scene.write(".mcp.json", mcpServersText({ theirs: scene.entry() }));
    const failed = await scene.fairlead(["get", "nobody", "--json"], { cwd: scene.root });
    expect(failed).toMatchObject({ code: 5, stdout: "" });
    expect(JSON.parse(failed.stderr)).toMatchObject({
      error: { code: "not_found" },
      warnings: [expect.stringContaining(`${file} is not trusted yet`), expect.stringContaining("colour")],
    });
  });

  test("are used no more after untrust, and what is said about them is kept privately", async () => {
    await using scene = await createProjectScene();
    const file = await scene.write(".mcp.json", mcpServersText({ theirs: scene.entry() }));
    await scene.fairlead(["trust", "--yes"], { cwd: scene.root });
    expect((await namesIn(scene)).names).toEqual(["theirs"]);
    const untrusted = await scene.fairlead(["untrust", "--json"], { cwd: scene.root });
    expect(JSON.parse(untrusted.stdout)).toEqual({ untrusted: [file] });
    expect((await namesIn(scene)).names).toEqual([]);
  });

  test("have servers that remove, like disable, leaves to whoever edits that file", async () => {
    await using scene = await createProjectScene();
    await scene.configure(scene.server("mine"));
    const file = await scene.write(".mcp.json", mcpServersText({ theirs: scene.entry() }));
    await scene.fairlead(["trust", "--yes"], { cwd: scene.root });
    for (const command of ["disable", "remove"]) {
      expect(await scene.fairlead([command, "theirs"], { cwd: scene.root })).toMatchObject({
        code: 2,
        stderr: `fairlead: Server theirs is configured in ${file}: change it there\n`,
      });
    }
    const misspelled = await scene.fairlead(["remove", "thiers"], { cwd: scene.root });
    expect(misspelled).toMatchObject({
      code: 5,
      stderr: 'fairlead: There is no server "thiers". Configured are mine, theirs. Did you mean "theirs"?\n',
    });
  });

  test("count from the root of the repository to the working folder, the nearest last", async () => {
    await using scene = await createProjectScene();
    await scene.folder.write(".mcp.json", mcpServersText({ outside: scene.entry() }));
    await scene.write(".mcp.json", mcpServersText({ root: scene.entry(), both: { command: "far" } }));
    await scene.write("a/.fairlead/config.toml", '[mcp_servers.both]\ncommand = "near"\n');
    await scene.write("a/b/note.txt", "");
    const cwd = join(scene.root, "a/b");
    await scene.fairlead(["trust", "--yes"], { cwd });
    expect((await namesIn(scene, cwd)).names).toEqual(["root", "both"]);
    const got = await scene.fairlead(["get", "both", "--json"], { cwd });
    const place = { command: "near", cwd: join(scene.root, "a") };
    expect(JSON.parse(got.stdout)).toMatchObject(place);
  });

  test("that only switch a server off need no trust", async () => {
    await using scene = await createProjectScene();
    await scene.configure(scene.server("mine"));
    await scene.write(".fairlead/config.toml", "[mcp_servers.mine]\nenabled = false\n");
    const got = await scene.fairlead(["get", "mine", "--json"], { cwd: scene.root });
    expect(got).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(got.stdout)).toMatchObject({ enabled: false });
  });

  test("that cannot be read, or are no files at all, keep nobody waiting", async () => {
    await using scene = await createProjectScene();
    await scene.configure(scene.server("mine"));
    await runCommand(["mkfifo", join(scene.root, ".mcp.json")], { env: scene.env });
    await scene.write(".fairlead/config.toml", "nonsense = \n");
    const { names, said } = await namesIn(scene);
    expect(names).toEqual(["mine"]);
    expect(said.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/\.mcp\.json is not used: is no file/),
      expect.stringMatching(/config\.toml is not used: .*not valid TOML/),
    ]);
    const agent = await scene.start(["serve"], { cwd: scene.root });
    await initializeRawClient(agent);
  });

  test("that lead to a trusted file by a link are not trusted for that", async () => {
    await using scene = await createProjectScene();
    await scene.write("mine/.git/HEAD", "");
    const file = await scene.write("mine/.mcp.json", mcpServersText({ s: { command: "./run" } }));
    await scene.fairlead(["trust", join(scene.root, "mine"), "--yes"]);
    await scene.write("theirs/.git/HEAD", "");
    await symlink(file, join(scene.root, "theirs/.mcp.json"));
    expect((await namesIn(scene, join(scene.root, "mine"))).names).toEqual(["s"]);
    expect((await namesIn(scene, join(scene.root, "theirs"))).names).toEqual([]);
    // Nor a folder that comes to stand where a trusted one stood, with other files in it.
    await rename(join(scene.root, "mine"), join(scene.root, "moved"));
    await mkdir(join(scene.root, "mine"));
    await scene.write("mine/.mcp.json", mcpServersText({ s: { command: "./other" } }));
    expect((await namesIn(scene, join(scene.root, "mine"))).names).toEqual([]);
  });

  test("are told when there are none to trust", async () => {
    await using scene = await createProjectScene();
    const result = await scene.fairlead(["trust", "--json"], { cwd: scene.root });
    expect(result).toMatchObject({ code: 5, stdout: "" });
    expect(JSON.parse(result.stderr)).toMatchObject({ error: { code: "not_found" } });
  });

  test("with a mistake cost their own servers alone", async () => {
    await using scene = await createProjectScene();
    await scene.configure(scene.server("mine"));
    const broken = { command: "x", env: { KEY: "${NOT_SET_ANYWHERE}" } };
    await scene.write(".mcp.json", mcpServersText({ broken, sound: scene.entry() }));
    await scene.fairlead(["trust", "--yes"], { cwd: scene.root });
    const { names, said } = await namesIn(scene);
    expect(names).toEqual(["mine", "sound"]);
    expect(said).toMatch(/\.mcp\.json:\d+: mcpServers\.broken\.env\.KEY: .*NOT_SET_ANYWHERE is not set/);
  });
});

describe("serve", () => {
  test("leaves out what is not trusted, with one warning, and takes it in once it is", async () => {
    await using scene = await createProjectScene();
    await scene.configure("");
    const file = await scene.write(".mcp.json", mcpServersText({ theirs: scene.entry() }));
    const agent = await scene.start(["serve"], { cwd: scene.root });
    await initializeRawClient(agent);
    const { result } = await agent.request<{ tools: unknown[] }>("tools/list");
    expect(result?.tools).toEqual([]);
    expect(serverProcesses(scene)).toEqual([]);
    expect(agent.stderr().match(/is not trusted yet/g)).toHaveLength(1);
    expect(agent.stderr()).toContain(`fairlead trust ${scene.root}`);

    await scene.fairlead(["trust", "--yes"], { cwd: scene.root });
    await untilSaid(agent, "reloaded: added theirs");
    const echoed = await agent.request("tools/call", { name: "theirs__echo", arguments: { text: "hi" } });
    expect(JSON.stringify(echoed.result)).toContain("hi");

    await scene.write(".mcp.json", `${await readFile(file, "utf8")}\n`);
    await untilSaid(agent, "has changed since it was trusted");
    await untilSaid(agent, "removed theirs");
    agent.closeStdin();
    await agent.exited;
    await waitUntilServersGone(scene, 5_000);
  });

  test("starts no Fairlead that other programs start from there", async () => {
    await using scene = await createProjectScene();
    const own = { command: "fairlead", args: ["serve"] };
    await scene.write(".mcp.json", mcpServersText({ fairlead: own }));
    const agent = await scene.start(["serve"], { cwd: scene.root });
    await initializeRawClient(agent);
    const { result } = await agent.request<{ tools: unknown[] }>("tools/list");
    expect(result?.tools).toEqual([]);
    expect(agent.stderr()).not.toContain("trust");
  });

  test("starts no program that only a variable tells from Fairlead", async () => {
    await using scene = await createProjectScene();
    const shell = { command: "${SHELL:-fairlead}", args: ["-c", "touch started", "serve"] };
    const file = await scene.write(".mcp.json", mcpServersText({ x: shell }));
    const result = await scene.fairlead(["call", "x", "any"], {
      cwd: scene.root,
      env: { ...scene.env, SHELL: "/bin/sh" },
    });
    expect(result.code).toBe(5);
    expect(result.stderr).toContain(`${file} is not trusted yet`);
    expect(await readdir(scene.root)).not.toContain("started");
  });

  test("starts programs of a project in its folder", async () => {
    await using scene = await createProjectScene();
    await scene.write(".mcp.json", mcpServersText({ theirs: scene.entry() }));
    await scene.write("a/note.txt", "");
    await scene.fairlead(["trust", "--yes"], { cwd: scene.root });
    const agent = await scene.start(["serve"], { cwd: join(scene.root, "a") });
    await initializeRawClient(agent);
    await agent.request("tools/call", { name: "theirs__echo", arguments: { text: "hi" } });
    await waitUntil(() => serverProcesses(scene).length > 0, { withinMs: 5_000, what: "the server" });
    const got = await scene.fairlead(["get", "theirs", "--json"], { cwd: join(scene.root, "a") });
    expect(JSON.parse(got.stdout)).toMatchObject({ cwd: scene.root });
  });
});
