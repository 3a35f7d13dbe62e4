import { describe, expect, test } from "vitest";
import type { ProjectFile } from "../layers/read-layers.js";
import { checkConfig } from "./check-config.js";
import { failure, file, home, load } from "./load-fixture.js";

const project = (text: string, folder = "/repo"): ProjectFile => ({
  file: `${folder}/.fairlead/config.toml`,
  kind: "toml",
  text,
  folder,
});
const mcpJson = (content: unknown, folder = "/repo"): ProjectFile => ({
  file: `${folder}/.mcp.json`,
  kind: "json",
  text: JSON.stringify(content, undefined, 2),
  folder,
});

const user =
  '[mcp_servers.a]\ncommand = "user"\nargs = ["u"]\nenv = { SECRET = "s" }\ntool_timeout_sec = 1\n';

describe("layers", () => {
  test("later ones win: file, project from far to near, --mcp-config, profile, -c, flags", async () => {
    const toml = [
      "max_name = 30",
      "[profiles.p]",
      "max_name = 33",
      "[profiles.p.features]",
      "devbox = true",
    ].join("\n");
    const far = project("max_name = 31", "/repo");
    const near = project("max_name = 32", "/repo/sub");
    const nameOf = async (...args: Parameters<typeof load>): Promise<number> =>
      (await load(...args)).config.maxName;
    expect(await nameOf("")).toBe(48);
    expect(await nameOf(toml)).toBe(30);
    expect(await nameOf(toml, { projectFiles: [far] })).toBe(31);
    expect(await nameOf(toml, { projectFiles: [far, near] })).toBe(32);
    expect(await nameOf(toml, { projectFiles: [far, near], profile: "p" })).toBe(33);
    const overrides = ["max_name=34", "max_name=35"];
    expect(await nameOf(toml, { projectFiles: [far], profile: "p", overrides })).toBe(35);
    const { config } = await load(toml, { profile: "p", overrides: ["features.devbox=false"] });
    expect(config.features.devbox).toBe(false);
    const flagged = { profile: "p", overrides: ["features.devbox=false"], features: { devbox: true } };
    expect((await load(toml, flagged)).config.features.devbox).toBe(true);
  });

  test("a whole server replaces the one below it, with everything that belonged to that", async () => {
    const { config } = await load(user, { projectFiles: [project('[mcp_servers.a]\ncommand = "theirs"')] });
    expect(config.servers.get("a")).toMatchObject({
      command: "theirs",
      args: [],
      env: {},
      toolTimeoutMs: 300_000,
    });
  });

  test("a server of another transport can take the place of one", async () => {
    const { config } = await load(user, { projectFiles: [project('[mcp_servers.a]\nurl = "http://x"')] });
    expect(config.servers.get("a")).toMatchObject({ transport: "http", file: "/repo/.fairlead/config.toml" });
  });

  test("one without command and url only changes its keys, and stays the server of its file", async () => {
    const changes = project('[mcp_servers.a]\ntool_timeout_sec = 2\nenv = { MORE = "m" }');
    const { config } = await load(user, { projectFiles: [changes] });
    const expected = {
      command: "user",
      args: ["u"],
      env: { SECRET: "s", MORE: "m" },
      toolTimeoutMs: 2_000,
      file,
    };
    expect(config.servers.get("a")).toMatchObject(expected);
    expect(config.servers.get("a")).not.toHaveProperty("cwd");
  });

  test("one that changes what is not there is told and left out; switching it off is done already", async () => {
    const changes = project("[mcp_servers.b]\ntool_timeout_sec = 2\n[mcp_servers.c]\nenabled = false");
    const { config, warnings } = await load(user, { projectFiles: [changes] });
    expect([...config.servers.keys()]).toEqual(["a"]);
    expect(warnings).toMatchObject([
      { kind: "no_server", file: changes.file, line: 1, path: "mcp_servers.b" },
    ]);
  });

  test("programs of a project start in its folder here, and its files are found there", async () => {
    const toml = `
      [executors.far]
      url = "grpcs://far:1"
      token_file = "token"
      tls = { ca = "~/ca.pem" }
      [mcp_servers.here]
      command = "x"
      [mcp_servers.there]
      command = "x"
      executor = "far"
      [mcp_servers.own]
      command = "x"
      cwd = "/own"`;
    const { config } = await load("", { projectFiles: [project(toml)] });
    expect(config.servers.get("here")).toMatchObject({ cwd: "/repo" });
    expect(config.servers.get("there")).not.toHaveProperty("cwd");
    expect(config.servers.get("own")).toMatchObject({ cwd: "/own" });
    expect(config.executors.get("far")?.token).toEqual({ kind: "file", path: "/repo/token" });
    expect(config.executors.get("far")?.tls?.ca).not.toContain("~");
  });

  test(".mcp.json gives its servers, with lines in what is wrong with them, and never Fairlead itself", async () => {
    const own = { command: "npx", args: ["-y", "fairlead", "serve"] };
    const files = [mcpJson({ mcpServers: { j: { command: "x", args: ["a"] }, fairlead: own } })];
    expect([...(await load(user, { projectFiles: files })).config.servers.keys()]).toEqual(["a", "j"]);
  });

  test("a variable or another file that makes a project's server fairlead serve itself leaves it out, and is told", async () => {
    const chained = { command: "${X:-fairlead}", args: ["serve"], type: "stdio" };
    const files = [
      mcpJson({ mcpServers: { chained, theirs: { command: "${Y:-/usr/bin/fairlead}", args: ["list"] } } }),
      project(
        '[mcp_servers.theirs]\nargs = ["serve"]\n[profiles.p.mcp_servers.b]\ncommand="fairlead"\nargs=["serve"]\n',
      ),
    ];
    const { config, warnings } = await load(user, { projectFiles: files, profile: "p" });
    expect([...config.servers.keys()]).toEqual(["a", "theirs"]);
    expect(config.servers.get("theirs")).toMatchObject({ args: ["list"] });
    expect(warnings.map(({ kind, message }) => [kind, message])).toEqual([
      [
        "invalid",
        expect.stringMatching(/^\/repo\/.mcp.json:3: mcpServers.chained: comes to fairlead serve itself/),
      ],
      ["invalid", expect.stringMatching(/config.toml:1: mcp_servers.theirs: comes to .*\(ignored\)$/)],
      [
        "invalid",
        expect.stringMatching(/config.toml:3: profiles.p.mcp_servers.b: comes to fairlead serve itself/),
      ],
    ]);
    const other = await load(user, { projectFiles: files, env: { X: "other" } });
    expect([...other.config.servers.keys()]).toEqual(["a", "chained", "theirs"]);
  });

  test("a Fairlead of another machine is a server, and the user's own file may start what it likes", async () => {
    const far = { command: "ssh", args: ["-T", "me@devbox", "fairlead", "serve"] };
    const files = [
      mcpJson({ mcpServers: { far, here: { command: "env", args: ["A=b", "fairlead", "serve"] } } }),
    ];
    const own =
      '[mcp_servers.nested]\ncommand = "fairlead"\nargs = ["serve"]\nenv = { FAIRLEAD_HOME = "/x" }\n';
    const { config, warnings, notes } = await load(own, { projectFiles: files });
    expect([...config.servers.keys()]).toEqual(["nested", "far"]);
    expect(warnings).toEqual([]);
    // That it was left out is no fault of anybody.
    expect(notes).toEqual([expect.stringMatching(/^\S+:\d+: mcpServers\.here: is fairlead serve itself, /)]);
  });

  test("an inline table of -c sets its place as a whole, and missing tables are made", async () => {
    const overrides = [
      'mcp_servers.a.env={ ONLY = "o" }',
      "mcp_servers.b.command=new",
      'mcp_servers.b.args=["x"]',
    ];
    const { config } = await load(user, { overrides });
    expect(config.servers.get("a")).toMatchObject({ command: "user", env: { ONLY: "o" } });
    expect(config.servers.get("b")).toMatchObject({ command: "new", args: ["x"], file: "--config" });
  });

  test("no key of -c reaches the prototype of anything", async () => {
    const { config, warnings } = await load(user, {
      overrides: ["__proto__.polluted=1", "mcp_servers.a.__proto__.x=1"],
    });
    expect({}).not.toHaveProperty("polluted");
    expect(config.servers.get("a")).toMatchObject({ command: "user" });
    expect(warnings.map(({ path }) => path)).toEqual(["__proto__", "mcp_servers.a.__proto__"]);
  });
});

describe("what is wrong is told with the layer that wrote it", () => {
  // The first mistake is found by its type, the second only once every type is right.
  const theirs = project('max_name = "x"');
  const mine = '[mcp_servers.m]\ncommand = "x"\nenv_vars = [{ name = "X", source = "executor" }]\n';

  test("of the user, whatever is wrong with a project's files", async () => {
    const alone = await failure(mine);
    expect(alone).toContain("mcp_servers.m.env_vars");
    expect(await failure(mine, { projectFiles: [theirs] })).toBe(alone);
    const { invalid, warnings, config } = await load(mine, { projectFiles: [theirs], lenient: true });
    expect(invalid?.message).toContain("mcp_servers.m.env_vars");
    expect(warnings).toContainEqual(expect.objectContaining({ kind: "invalid", path: "max_name" }));
    expect([...config.servers.keys()]).toEqual([]);
  });

  test("of a project alone as a warning, of every round", async () => {
    const { warnings } = await load(user, { projectFiles: [theirs, project(mine, "/repo/sub")] });
    expect(warnings.map(({ path }) => path)).toEqual([
      "max_name",
      expect.stringContaining("mcp_servers.m.env_vars"),
    ]);
  });

  test("of a profile with its line in the file, and its whole key", async () => {
    const toml = `${user}[profiles.p.mcp_servers.a]\ntool_timeout_sec = "x"\n`;
    expect(await failure(toml, { profile: "p" })).toBe(
      "The configuration is invalid: FILE:7: profiles.p.mcp_servers.a.tool_timeout_sec: expected a number, got a string",
    );
    await load(toml);
  });

  test("of -c by its name, and never with the value", async () => {
    const message = await failure(user, { overrides: ["max_name=SENTINEL"] });
    expect(message).toBe("The configuration is invalid: --config: max_name: expected a number, got a string");
  });

  test("of a profile that there is not, with the nearest one", async () => {
    const toml = "[profiles.work]\nmax_name = 30";
    await expect(load(toml, { profile: "wrok" })).rejects.toMatchObject({
      code: "not_found",
      message: 'There is no profile "wrok"; known are work. Did you mean "work"?',
    });
  });
});

describe("what is wrong in a file of a project", () => {
  const theirs = mcpJson({
    mcpServers: { a: { command: "theirs", args: 1 }, b: { command: "${NOT_SET}" }, c: { command: "c" } },
  });

  test("is told and left out, and what it would have replaced stays", async () => {
    const { config, warnings } = await load(user, { projectFiles: [theirs] });
    expect([...config.servers.values()]).toMatchObject([{ command: "user" }, { command: "c" }]);
    expect(warnings.map(({ kind, message }) => `${kind} ${message}`)).toEqual([
      expect.stringMatching(
        /^invalid \/repo\/.mcp.json:5: mcpServers.a.args: expected an array, .* \(ignored\)$/,
      ),
      expect.stringMatching(/^invalid \/repo\/.mcp.json:8: .*variable NOT_SET is not set.*\(ignored\)$/),
    ]);
  });

  test("takes nothing from the user's own file", async () => {
    const files = [project('max_name = "x"\n[features]\ndevbox = 1')];
    const { config } = await load("max_name = 30\n[features]\nfairlead = true", { projectFiles: files });
    expect(config).toMatchObject({ maxName: 30, features: { fairlead: true, devbox: false } });
  });

  test("is an error of a strict load", async () => {
    expect(await failure(user, { projectFiles: [theirs], strict: true })).toContain("mcpServers.a.args");
  });
});

describe("a lenient load", () => {
  const broken = `max_name = "x"\n${user}[mcp_servers.bad]\nargs = 1\n[executors.e]\nurl = "nonsense"\n[mcp_servers.${"n".repeat(60)}]\ncommand = "x"\n`;

  test("leaves out what is wrong and tells it, and keeps the rest", async () => {
    const { config, invalid } = await load(broken, { lenient: true });
    expect([...config.servers.keys()]).toEqual(["a"]);
    expect(config.maxName).toBe(48);
    const places = ["max_name", "mcp_servers.bad.command", "mcp_servers.bad.args", "executors.e.url"];
    for (const place of places) expect(invalid?.message).toContain(place);
    // The name that is too long shows only once the others are out of the way.
    expect(invalid?.message).toContain("the name of a server has at most");
    expect(invalid?.details).toMatchObject({ problems: 5 });
  });

  test("of a sound file is like every other", async () => {
    expect(await load(user, { lenient: true })).toEqual(await load(user));
  });
});

describe("a check", () => {
  const options = (toml: string) => ({
    home,
    readFile: async (path: string) => (path === file ? toml : undefined),
  });

  test("lists everything, what cannot be used first", async () => {
    const findings = await checkConfig(
      options('[mcp_servers.a]\ncomand = "x"\n[mcp_servers.b]\ncommand = "x"\nexecutor = "nope"\n'),
    );
    expect(findings).toMatchObject([
      { kind: "invalid", line: 1, path: "mcp_servers.a.command" },
      { kind: "unknown_key", line: 2, path: "mcp_servers.a.comand", nearest: "command" },
      { kind: "unknown_executor", line: 5, path: "mcp_servers.b.executor" },
    ]);
  });

  test("takes a file that is no TOML as one finding with its line", async () => {
    expect(await checkConfig(options("a = 1\nb = \n"))).toMatchObject([{ kind: "invalid", file, line: 2 }]);
  });

  test("looks into every profile, also those that nobody uses", async () => {
    const toml = "[profiles.p]\nmax_nam = 1\n[profiles.q.features]\ndevbox = 1\n[profiles.q.profiles.r]\n";
    expect(await checkConfig(options(toml))).toMatchObject([
      { kind: "invalid", line: 4, path: "profiles.q.features.devbox" },
      { kind: "invalid", line: 5, path: "profiles.q.profiles" },
      { kind: "unknown_key", line: 2, path: "profiles.p.max_nam", nearest: "max_name" },
    ]);
  });

  test("of nothing finds nothing", async () => {
    expect(await checkConfig(options(""))).toEqual([]);
  });
});
