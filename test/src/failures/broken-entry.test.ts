import { readFile } from "node:fs/promises";
import { initializeRawClient } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { untilSaid } from "../serve-cli/support/http-gateway.js";
import { expectClean, expectFailure, expectNothingLeft } from "./support/expect-failure.js";
import { createScene, type Scene } from "./support/scene.js";

const invalid = { exit: 2, code: "usage", reason: "config_invalid" } as const;
const bad = '[mcp_servers.bad]\ncommand = "x"\nargs = 3\n';

async function toolNames(agent: Awaited<ReturnType<Scene["start"]>>): Promise<readonly string[]> {
  const { result } = (await agent.request("tools/list")) as {
    readonly result: { readonly tools: readonly { readonly name: string }[] };
  };
  return result.tools.map(({ name }) => name);
}

interface Listed {
  readonly servers: readonly {
    readonly name: string;
    readonly problem?: string;
    readonly live?: readonly { readonly state: string; readonly lastFailure?: { readonly reason: string } }[];
  }[];
}

describe("one server that cannot be used", () => {
  test("is a failed start of serve, and the others are there", async () => {
    await using scene = await createScene();
    const path = await scene.configure(scene.server("good") + bad);
    const agent = await scene.start(["serve", "--attach", "never"]);
    await initializeRawClient(agent);
    const names = await toolNames(agent);
    expect(names).toContain("good__echo");
    expect(names.filter((name) => name.startsWith("bad__"))).toEqual([]);
    await untilSaid(agent, "failed: bad");
    expect(agent.stderr()).toMatch(
      /config\.toml:\d+: mcp_servers\.bad\.args: expected an array, got a number/,
    );
    expect(agent.stderr()).toContain("Left out until that is corrected: bad");
    expect(agent.stderr().split("mcp_servers.bad.args")).toHaveLength(2);

    const listed = await scene.fairlead(["list", "--json"]);
    expect(listed.code).toBe(2);
    const { servers } = JSON.parse(listed.stdout) as Listed;
    const found = servers.find(({ name }) => name === "bad");
    expect(found?.problem).toContain(`${path}:`);
    expect(found?.live).toMatchObject([{ state: "failed", lastFailure: { reason: "config_invalid" } }]);
    const table = await scene.fairlead(["list"]);
    expect(table.stdout).toMatch(/^bad\s+local\s+failed: config\s/m);

    // What was broken before does not keep other changes from being taken over.
    await scene.configure(scene.server("good") + scene.server("more") + bad);
    await untilSaid(agent, "reloaded: added more");
    await scene.configure(scene.server("good") + scene.server("bad"));
    await untilSaid(agent, "reloaded: changed bad; removed more");
    await expect.poll(() => toolNames(agent)).toContain("bad__echo");
    agent.closeStdin();
    expect(await agent.exited).toMatchObject({ code: 0 });
    await expectNothingLeft(scene);
  });

  test("is a warning of commands about another one, and the error of those about it", async () => {
    await using scene = await createScene();
    const path = await scene.configure(scene.server("good") + bad);
    const called = await scene.fairlead(["call", "good", "echo", '{"text":"hello"}']);
    expectClean(called);
    expect(called).toMatchObject({ code: 0, stdout: "hello\n" });
    expect(called.stderr).toContain("mcp_servers.bad.args");
    for (const args of [
      ["call", "bad", "echo"],
      ["tools", "bad"],
      ["test", "bad"],
      ["get", "bad"],
      ["login", "bad"],
      ["enable", "bad"],
    ]) {
      await expectFailure(scene, args, { ...invalid, tells: [path, "mcp_servers.bad.args"] });
    }
    expect((await scene.fairlead(["disable", "good"])).code).toBe(0);
    expect((await scene.fairlead(["auth", "status"])).code).toBe(0);
    expect((await scene.fairlead(["ps"])).code).toBe(0);
  });

  test("keeps nobody from taking over servers, making Fairlead known, or switching it off", async () => {
    await using scene = await createScene();
    const path = await scene.configure(scene.server("good") + bad);
    const theirs = await scene.folder.write(
      "theirs.json",
      '{ "mcpServers": { "more": { "command": "x" } } }',
    );
    const client = ["client", "install", "claude", "--scope", "project", "--project", scene.folder.path];
    for (const args of [["import", theirs], client, ["disable", "bad"]]) {
      const { code, stderr } = await scene.fairlead(args);
      expect([code, stderr]).toEqual([0, expect.stringContaining("mcp_servers.bad.args")]);
    }
    const written = await readFile(path, "utf8");
    expect(written).toContain("[mcp_servers.more]");
    expect(written).toContain(bad.replace("\n", "\nenabled = false\n"));
    const far = await scene.configure('[executors.far]\nurl = "nonsense"\n');
    await expectFailure(scene, ["import", theirs, "--executor", "far"], {
      ...invalid,
      tells: [far, "executors.far.url"],
    });
    // A value that is no table has no keys, and is not thrown away.
    await scene.configure("mcp_servers.bad = 3\n");
    await expectFailure(scene, ["disable", "bad"], { ...invalid, tells: ["mcp_servers.bad"] });
    expect(await readFile(path, "utf8")).toBe("mcp_servers.bad = 3\n");
  });

  test("hides nothing else that keeps it from being switched off", async () => {
    await using scene = await createScene();
    await scene.configure('mcp_servers = { bad = { command = "x", args = [\n3] } }\n');
    await expectFailure(scene, ["disable", "bad"], { ...invalid, tells: ["config.toml was not changed"] });
    await scene.configure("");
    const far = '{ "mcpServers": { "far": { "command": "x", "args": 3 } } }';
    const theirs = await scene.folder.write("theirs.json", far);
    await expectFailure(scene, ["disable", "far", "--mcp-config", theirs], {
      ...invalid,
      tells: [theirs, "far.args"],
    });
  });

  test("is an error of everything with --strict-config", async () => {
    await using scene = await createScene();
    await scene.configure(scene.server("good") + bad);
    const expected = { ...invalid, tells: ["mcp_servers.bad.args"] };
    await expectFailure(scene, ["call", "good", "echo", "--strict-config"], expected);
    await expectFailure(scene, ["serve", "--strict-config"], expected);
  });

  test("that is required refuses agents, as one that cannot be started does", async () => {
    await using scene = await createScene();
    await scene.configure(`${scene.server("good")}${bad}required = true\n`);
    const agent = await scene.start(["serve", "--attach", "never"]);
    const answer = JSON.stringify(
      await agent.request("initialize", {
        protocolVersion: "2025-11-25",
        capabilities: {},
        clientInfo: { name: "test", version: "1" },
      }),
    );
    expect(answer).toContain("mcp_servers.bad.args");
  });

  test("is told by doctor, which looks at the others", async () => {
    await using scene = await createScene();
    await scene.configure(scene.server("good") + bad);
    const { code, stdout } = await scene.fairlead(["doctor", "--json"]);
    expect(code).toBe(2);
    const { checks } = JSON.parse(stdout) as {
      readonly checks: readonly { readonly id: string; readonly status: string; readonly server?: string }[];
    };
    expect(checks.find(({ id }) => id === "config")).toMatchObject({ status: "failed" });
    expect(checks).toContainEqual(
      expect.objectContaining({ id: "server-tools", status: "ok", server: "good" }),
    );
  });
});

test("a server on an executor that cannot be used fails with what is wrong with that", async () => {
  await using scene = await createScene();
  const far = `[executors.far]\nurl = "nonsense"\n${scene.server("there", [], ['executor = "far"'])}`;
  await scene.configure(scene.server("good") + far);
  expect(await scene.fairlead(["call", "good", "echo", '{"text":"hello"}'])).toMatchObject({ code: 0 });
  await expectFailure(scene, ["call", "there", "echo"], { ...invalid, tells: ["executors.far.url"] });
  // Nobody may be left without it unawares, be it broken.
  const kept = await scene.fairlead(["executor", "remove", "far"]);
  expect(kept.code).toBe(2);
  expect(kept.stderr).toContain("there runs on it");
});

test("what is wrong with more than an entry is an error still", async () => {
  await using scene = await createScene();
  await scene.configure(`max_name = "x"\n${scene.server("good")}`);
  await expectFailure(scene, ["call", "good", "echo"], { ...invalid, tells: ["max_name"] });
  await scene.configure(scene.server("good"));
  await expectFailure(scene, ["call", "good", "echo", "-c", "mcp_servers.good.args=3"], {
    ...invalid,
    tells: ["mcp_servers.good.args"],
  });
});
