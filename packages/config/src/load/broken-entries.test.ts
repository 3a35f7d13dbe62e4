import { describe, expect, test } from "vitest";
import { loadConfig } from "./load-config.js";

const file = "/home/me/.fairlead/config.toml";
const home = "/home/me/.fairlead";

async function load(toml: string, options: Partial<Parameters<typeof loadConfig>[0]> = {}) {
  return loadConfig({
    home,
    env: {},
    lenient: "entries",
    readFile: async (path: string) => (path === file ? toml : undefined),
    ...options,
  });
}

const good = '[mcp_servers.good]\ncommand = "a"\n';

describe("a load that goes on without what is wrong in servers and executors", () => {
  test("keeps the others, and tells each broken one with its own error", async () => {
    const toml = `${good}[mcp_servers.one]\nargs = 1\nrequired = true\n[connectors.two]\nurl = "nonsense"\nenabled = false\n`;
    const { config, invalid } = await load(toml);
    expect([...config.servers.keys()]).toEqual(["good"]);
    expect([...config.connectors.keys()]).toEqual([]);
    expect(invalid?.message).toContain("mcp_servers.one.args");
    expect([...(config.broken?.values() ?? [])]).toMatchObject([
      {
        name: "one",
        origin: "configured",
        executor: "local",
        transport: "stdio",
        enabled: true,
        required: true,
      },
      { name: "two", origin: "connector", transport: "http", enabled: false, required: false },
    ]);
    const one = config.broken?.get("one")?.error;
    expect(one).toMatchObject({ code: "usage", reason: "config_invalid", details: { file } });
    expect(one?.message).toContain(`${file}:4: mcp_servers.one.args: expected an array, got a number`);
    expect(one?.message).not.toContain("connectors");
  });

  test("takes the servers of a broken executor for broken, with its error and no other", async () => {
    const toml = `${good}[executors.far]\nurl = "nonsense"\n[mcp_servers.there]\ncommand = "a"\nexecutor = "far"\n`;
    const { config, warnings } = await load(toml);
    expect([...config.servers.keys()]).toEqual(["good"]);
    expect(config.broken?.get("there")).toMatchObject({ executor: "far" });
    expect(config.broken?.get("there")?.error.message).toContain("executors.far.url");
    expect(warnings).toEqual([]);
  });

  test("takes all for broken that are on a broken default executor", async () => {
    const toml = `default_executor = "far"\n${good}[executors.far]\nurl = "nonsense"\n`;
    const { config, warnings } = await load(toml);
    expect([...(config.broken?.keys() ?? [])]).toEqual(["good"]);
    expect(warnings).toEqual([]);
  });

  test("tells a misspelled key beside what is missing for it, and takes no other server for broken because of one", async () => {
    const { config } = await load(`${good}comand = "b"\n[mcp_servers.bad]\ncomand = "a"\n`);
    expect([...config.servers.keys()]).toEqual(["good"]);
    expect([...(config.broken?.keys() ?? [])]).toEqual(["bad"]);
    expect(config.broken?.get("bad")?.error.message).toContain('did you mean "command"');
  });

  test("loses no server whose mistake only shows where all others are gone", async () => {
    const other = '[mcp_servers.b]\ncommand = "b"\n';
    for (const [toml, told] of [
      [`${other}env_vars = [{ name = "X", source = "executor" }]\n`, "mcp_servers.b.env_vars"],
      [
        `${other}executor = "far"\nenv_vars = ["PATH"]\n[executors.far]\nurl = "grpc://127.0.0.1:1"\n`,
        "PATH of",
      ],
      [`max_name = 40\n${other.replace(".b]", `.${"b".repeat(33)}]`)}`, "the name of a server has at most"],
    ] as const) {
      const { config, invalid } = await load(`${toml}${good}[mcp_servers.a]\ncommand = 5\n`);
      expect([...config.servers.keys()]).toEqual(["good"]);
      expect([...(config.broken?.keys() ?? [])].toSorted()).toEqual(["a", expect.stringMatching(/^b+$/)]);
      expect(invalid?.message).toContain(told);
      expect(invalid?.message).toContain("mcp_servers.a.command");
    }
  });

  test("is not kept from that by what a flag says about a broken one", async () => {
    const toml = `${good}[mcp_servers.a]\ncommand = 5\n`;
    const { config, invalid } = await load(toml, { overrides: ['mcp_servers.a.cwd="/x"'] });
    expect([...(config.broken?.keys() ?? [])]).toEqual(["a"]);
    expect(invalid?.message).toContain("mcp_servers.a.command");
  });

  test("knows what else it left out: an executor without servers, and a connector called like a server", async () => {
    const toml = `${good}[executors.far]\nurl = "nonsense"\n[connectors.good]\nurl = "https://a.example"\n`;
    const { config } = await load(toml);
    expect(config.broken).toBeUndefined();
    expect([...(config.leftOut ?? [])].toSorted()).toEqual(["connectors.good", "executors.far"]);
  });

  test("knows which could not be servers for their name", async () => {
    const { config } = await load(
      `${good}[mcp_servers.a__b]\ncommand = "a"\n[mcp_servers.devbox]\ncommand = "a"\n`,
    );
    const names = [...(config.broken?.values() ?? [])].map(({ name, hasUsableName }) => [
      name,
      hasUsableName,
    ]);
    expect(names).toEqual([
      ["a__b", false],
      ["devbox", false],
    ]);
  });

  test("leaves a server alone whose name a connector took", async () => {
    const { config, invalid } = await load(`${good}[connectors.good]\nurl = "https://a.example"\n`);
    expect([...config.servers.keys()]).toEqual(["good"]);
    expect(config.broken).toBeUndefined();
    expect(invalid?.message).toContain("connectors.good");
  });

  test.each([
    ["a value that all depend on", 'max_name = "x"\n', {}],
    ["the gateway", "[gateway]\nallowed_hosts = 3\n", {}],
    ["approvals of a built-in server", '[built_ins.devbox_local]\ndefault_approval = "x"\n', {}],
    ["what was typed for this very command", "", { overrides: ["mcp_servers.good.args=3"] }],
    ["a strict reading", "[mcp_servers.bad]\nargs = 1\n", { strict: true }],
  ])("fails all the same for %s", async (_what, toml, options) => {
    await expect(load(toml + good, options)).rejects.toMatchObject({
      code: "usage",
      reason: "config_invalid",
    });
  });

  test("fails for a file that is no TOML", async () => {
    await expect(load(`${good}[mcp_servers.bad\n`)).rejects.toMatchObject({ reason: "config_invalid" });
  });
});
