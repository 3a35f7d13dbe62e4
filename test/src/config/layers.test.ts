import { initializeRawClient } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { createScene } from "../failures/support/scene.js";
import { createProjectScene } from "./support/project.js";

describe("later layers win", () => {
  test("through every one of them, and explain tells which", async () => {
    await using scene = await createProjectScene();
    const file = await scene.configure(
      `${scene.server("s", [], ["tool_timeout_sec = 1"])}[profiles.p.mcp_servers.s]\ntool_timeout_sec = 3\n`,
    );
    const project = await scene.write(".fairlead/config.toml", "[mcp_servers.s]\ntool_timeout_sec = 2\n");
    const key = "mcp_servers.s.tool_timeout_sec";
    const runs: [flags: string[], seconds: number, from: string, line: number | undefined][] = [
      [[], 2, project, 2],
      [["--profile", "p"], 3, file, 8],
      [["--profile", "p", "-c", `${key}=4`], 4, "--config", undefined],
      [["--profile", "p", "-c", `${key}=4`, "--config", `${key}=5`], 5, "--config", undefined],
    ];
    for (const [flags, seconds, from, line] of runs) {
      const got = await scene.fairlead(["get", "s", "--json", ...flags], { cwd: scene.root });
      expect(JSON.parse(got.stdout)).toMatchObject({ toolTimeoutMs: seconds * 1_000 });
      const told = await scene.fairlead(["config", "explain", key, "--json", ...flags], { cwd: scene.root });
      const { keys } = JSON.parse(told.stdout) as { keys: { value: number; layers: { wins: boolean }[] }[] };
      expect(keys).toMatchObject([{ key, value: seconds }]);
      const winner = { from, ...(line === undefined ? {} : { line }), value: seconds };
      expect(keys[0]?.layers.find(({ wins }) => wins)).toMatchObject(winner);
    }
  });

  test("-c reaches serve, also where it makes a server that no file has, and through a reload", async () => {
    await using scene = await createScene();
    const [command, args] = scene.server("x").split("\n").slice(1, 3);
    const made = [command, args].flatMap((line = "") => ["-c", `mcp_servers.made.${line}`]);
    const agent = await scene.start(["serve", ...made]);
    await initializeRawClient(agent);
    const call = { name: "made__echo", arguments: { text: "hello" } };
    expect(JSON.stringify((await agent.request("tools/call", call)).result)).toContain("hello");
    await scene.configure(scene.server("added"));
    await agent.nextMessage(({ method }) => method === "notifications/tools/list_changed");
    expect(JSON.stringify((await agent.request("tools/call", call)).result)).toContain("hello");
  });

  test("enable and disable judge by the user's file, and tell what overrules it", async () => {
    await using scene = await createScene();
    await scene.configure(
      `${scene.server("s", [], ["enabled = true"])}[profiles.p.mcp_servers.s]\nenabled = false\n`,
    );
    const disabled = await scene.fairlead(["disable", "s", "--profile", "p"]);
    expect(disabled).toMatchObject({ code: 0, stdout: "s is switched off\n", stderr: "" });
    const enabled = await scene.fairlead(["enable", "s", "--json", "-c", "mcp_servers.s.enabled=true"]);
    expect(JSON.parse(enabled.stdout)).toEqual({ server: "s", enabled: true, changed: true });
    expect(enabled.stderr).toBe("");
    const overruled = await scene.fairlead(["enable", "s", "--profile", "p"]);
    expect(overruled).toMatchObject({ code: 0, stdout: "s is already switched on\n" });
    expect(overruled.stderr).toContain("keeps s switched off here");
    expect(await scene.configText()).toContain("enabled = true\n");
  });

  test("add says where it tried a server, and where a project or a flag makes it run somewhere else", async () => {
    await using scene = await createProjectScene();
    await scene.configure('[executors.devbox]\nurl = "unix:///nowhere/devbox.sock"\n');
    await scene.write(".fairlead/config.toml", 'default_executor = "devbox"\n');
    await scene.fairlead(["trust", "--yes"], { cwd: scene.root });
    const { command, args } = scene.entry();
    const add = (name: string, ...flags: readonly string[]) =>
      scene.fairlead(["add", name, ...flags, "--", command, ...args], { cwd: scene.root });

    const tried = await add("a");
    expect(tried).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Added a on local: \d+ tools\n$/),
    });
    expect(tried.stderr).toBe(
      "fairlead: in this folder a runs on devbox, because a project or --mcp-config says so; fairlead config explain default_executor shows which\n",
    );
    const json = await add("b", "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({ added: "b", executor: "local" });
    expect(json.stderr).toBe("");
    expect(await add("c", "--no-probe")).toMatchObject({ code: 0, stdout: "Added c on local\n" });
    expect(await add("d", "--executor", "local")).toMatchObject({ code: 0, stderr: "" });

    await scene.fairlead(["untrust"], { cwd: scene.root });
    const flagged = await add("e", "--no-probe", "-c", "default_executor=devbox");
    expect(flagged).toMatchObject({ code: 0, stdout: "Added e on devbox\n" });
    expect(flagged.stderr).toContain(
      "fairlead: without --profile and -c, e runs on local; add it with --executor devbox to keep it on devbox\n",
    );
    expect(await scene.configText()).not.toContain(`executor = "devbox"`);
  });

  test("a dedicated flag beats -c", async () => {
    await using scene = await createScene();
    const flags = ["-c", "features.devbox=false", "--enable", "devbox", "--json"];
    const { stdout } = await scene.fairlead(["config", "features", ...flags]);
    const { features } = JSON.parse(stdout) as { features: { name: string; enabled: boolean }[] };
    expect(features.find(({ name }) => name === "devbox")).toMatchObject({ enabled: true });
  });

  test.each([
    [["-c", "nonsense"], 2, "--config takes key=value"],
    [["-c", "max_name=x"], 2, "--config: max_name: expected a number, got a string"],
    [["--profile", "nope"], 5, 'There is no profile "nope"; none is configured.'],
    [["--enable", "devbx"], 2, 'Did you mean "devbox"?'],
  ])("%j ends with %i and says why", async (flags, code, message) => {
    await using scene = await createScene();
    const result = await scene.fairlead(["list", ...flags]);
    expect(result.code, result.stderr).toBe(code);
    expect(result.stderr).toContain(message);
  });

  test("a key of -c that there is not is told with the nearest one, and is an error with --strict-config", async () => {
    await using scene = await createScene();
    const flags = ["-c", "max_nam=30"];
    const warned = await scene.fairlead(["list", ...flags]);
    expect(warned).toMatchObject({ code: 0 });
    expect(warned.stderr).toContain('did you mean "max_name"?');
    expect((await scene.fairlead(["list", ...flags, "--strict-config"])).code).toBe(2);
  });
});

describe("one bad entry", () => {
  const bad = '[mcp_servers.bad]\nargs = 1\n[executors.worse]\nurl = "nonsense"\n';

  test("does not keep the others from being shown and taken out, and can be taken out itself", async () => {
    await using scene = await createScene();
    const file = await scene.configure(`${bad}${scene.server("good")}${scene.server("other")}`);
    const got = await scene.fairlead(["get", "good", "--json"]);
    expect(got.code).toBe(0);
    expect(JSON.parse(got.stdout)).toMatchObject({ name: "good" });
    expect(got.stderr).toContain(`${file}:1: mcp_servers.bad.command: is missing`);

    const listed = await scene.fairlead(["list"]);
    expect(listed.code).toBe(2);
    expect(listed.stdout).toMatch(/^good .*\nother /m);
    expect(listed.stderr).toContain("mcp_servers.bad.args");

    expect(await scene.fairlead(["remove", "other"])).toMatchObject({ code: 0, stderr: "" });
    expect(await scene.fairlead(["executor", "remove", "worse"])).toMatchObject({ code: 0 });
    expect(await scene.fairlead(["get", "bad"])).toMatchObject({ code: 2, stdout: "" });
    const added = await scene.fairlead(["add", "new", "--no-probe", "--", "some-program"]);
    expect(added).toMatchObject({ code: 0, stdout: "Added new on local\n" });
    expect(added.stderr).toContain("mcp_servers.bad.args");
    const replaced = await scene.fairlead(["add", "bad", "--force", "--no-probe", "--", "some-program"]);
    expect(replaced).toMatchObject({ code: 0 });
    await scene.fairlead(["remove", "bad"]);
    await scene.configure(`${bad}${(await scene.configText()) ?? ""}`);
    expect(await scene.fairlead(["remove", "bad"])).toMatchObject({ code: 0, stderr: "" });
    expect(await scene.fairlead(["executor", "remove", "worse"])).toMatchObject({ code: 0 });
    const healed = await scene.fairlead(["config", "check"]);
    expect(healed).toMatchObject({ code: 0, stdout: "", stderr: "The configuration has no problems\n" });
  });
});
