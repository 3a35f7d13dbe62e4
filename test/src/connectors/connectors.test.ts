import { connect } from "node:net";
import { initializeRawClient, type RawClient, type RawPeer, waitUntil } from "@fairlead/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { controlSocketOf } from "../failures/support/control-socket.js";
import { executorTable, startDaemon } from "../failures/support/executor-daemon.js";
import { createScene, type Scene } from "../failures/support/scene.js";
import { startHttpGateway } from "../serve-cli/support/http-gateway.js";
import { callResult, type Desk, startDesk } from "./support/desk.js";

const ann = { DESK_TOKEN: "token-of-ann" };
let scene: Scene;
let desk: Desk;
beforeEach(async () => {
  scene = await createScene();
  desk = await startDesk();
});
afterEach(async () => {
  await scene[Symbol.asyncDispose]();
  await desk[Symbol.asyncDispose]();
});

async function startAgent(
  env: Readonly<Record<string, string>> = ann,
  flags: readonly string[] = [],
): Promise<RawClient> {
  const agent = await scene.start(["serve", ...flags], { env });
  await initializeRawClient(agent);
  return agent;
}

async function toolNames(agent: RawPeer): Promise<readonly string[]> {
  const { result } = await agent.request<{ tools: { name: string }[] }>("tools/list");
  return (result?.tools ?? []).map(({ name }) => name);
}

const isToolsChanged = ({ method }: { method?: unknown }): boolean =>
  method === "notifications/tools/list_changed";

describe("a connector", () => {
  test("offers what its login may call, beside the servers and under its own name", async () => {
    await scene.configure(scene.server("s") + desk.table("desk", ['disabled_tools = ["close"]']));
    const agent = await startAgent();
    const names = await toolNames(agent);
    expect(names).toEqual(expect.arrayContaining(["s__pid", "desk__open"]));
    expect(names).not.toContain("desk__close");
    expect([...desk.tokens()]).toEqual(["Bearer token-of-ann"]);
  });

  test("passes calls and answers as they are", async () => {
    await scene.configure(desk.table("desk"));
    const agent = await startAgent();
    const args = `{ "n" : 12345678901234567890, "f": 1.0, "t": "\\u00e9" }`;
    await agent.sendText(
      `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"desk__open","arguments":${args},"vendor":[1]}}`,
    );
    const answer = await agent.waitForId(7);
    expect(agent.textOf(answer)).toContain(`"result":${callResult}`);
    const sent = desk.front.requests.find(({ rpc }) => rpc?.method === "tools/call");
    expect(sent?.body.toString()).toContain(`"name":"open"`);
    expect(sent?.body.toString()).toContain(`"arguments":${args}`);
    expect(sent?.body.toString()).toContain(`"vendor":[1]`);
  });

  test("has an endpoint of its own, with its own names", async () => {
    await scene.configure(scene.server("s") + desk.table("desk"));
    expect(await toolNames(await startAgent(ann, ["--server", "desk"]))).toEqual(["open", "close"]);
    const gateway = await startHttpGateway(scene, [], ann);
    await using agent = gateway.client("/desk");
    await initializeRawClient(agent);
    expect(await toolNames(agent)).toEqual(["open", "close"]);
  });

  test("is asked anew when it says that its catalogue changed", async () => {
    await scene.configure(desk.table("desk"));
    const agent = await startAgent();
    expect(await toolNames(agent)).toEqual(["desk__open", "desk__close"]);
    const session = await waitUntil(
      () => [...desk.server.sessions.values()].find(({ stream }) => stream !== undefined),
      {
        withinMs: 10_000,
        what: "The stream of the connector's session",
      },
    );
    desk.actions.set("token-of-ann", ["open", "escalate"]);
    session.push({ jsonrpc: "2.0", method: "notifications/tools/list_changed" });
    await agent.nextMessage(isToolsChanged);
    expect(await toolNames(agent)).toEqual(["desk__open", "desk__escalate"]);
  });

  test("is reached from its executor, with the login that is kept there", async () => {
    await using daemon = await startDaemon(scene);
    desk.actions.set(scene.env["COPIED_SECRET"] ?? "", ["there"]);
    const table = desk
      .table("desk", ['executor = "far"'])
      .replace('"DESK_TOKEN"', '{ name = "COPIED_SECRET", source = "executor" }');
    await scene.configure(table + executorTable("far", daemon));
    expect(await toolNames(await startAgent())).toEqual(["desk__there"]);
  });

  test("comes, changes and goes with the configuration", async () => {
    await scene.configure(scene.server("s"));
    const agent = await startAgent();
    await toolNames(agent);
    await scene.configure(scene.server("s") + desk.table("desk"));
    await agent.nextMessage(isToolsChanged);
    expect(await toolNames(agent)).toContain("desk__close");
    await scene.configure(scene.server("s") + desk.table("desk", ['disabled_tools = ["close"]']));
    await agent.nextMessage(isToolsChanged);
    expect(await toolNames(agent)).not.toContain("desk__close");
    await scene.configure(scene.server("s") + desk.table("desk", ["enabled = false"]));
    await agent.nextMessage(isToolsChanged);
    expect((await toolNames(agent)).every((name) => name.startsWith("s__"))).toBe(true);
  });
});

test.each(["a token of the environment", "a program that prints headers"])(
  "agents of one login, which is %s, share one session",
  async (login) => {
    const print = `console.log(JSON.stringify({ Authorization: "Bearer token-of-ann" }))`;
    const helper = `headers_helper = ${JSON.stringify([process.execPath, "-e", print])}`;
    const table = desk.table("desk");
    const isHelped = login.startsWith("a program");
    await scene.configure(isHelped ? table.replace(/^bearer.*$/m, () => helper) : table);
    const gateway = await startHttpGateway(scene, [], ann);
    for (const path of ["", "/desk"]) {
      await using agent = gateway.client(path);
      await initializeRawClient(agent);
      expect(await toolNames(agent)).toHaveLength(2);
    }
    expect(desk.server.sessions.size).toBe(1);
    expect([...desk.tokens()]).toEqual(["Bearer token-of-ann"]);
  },
);

test("agents of a hub get the catalogue of their own login", async () => {
  desk.actions.set("token-of-bob", ["read"]);
  await scene.configure(desk.table("desk"));
  const gateway = await startHttpGateway(scene, [], ann);
  expect(await toolNames(await startAgent(ann))).toEqual(["desk__open", "desk__close"]);
  expect(await toolNames(await startAgent({ DESK_TOKEN: "token-of-bob" }))).toEqual(["desk__read"]);
  await using agent = gateway.client();
  await initializeRawClient(agent);
  expect(await toolNames(agent)).toEqual(["desk__open", "desk__close"]);
});

test("a list that is kept on disk is shown to the login that it was made for, and to no other", async () => {
  desk.actions.set("token-of-bob", ["read"]);
  await scene.configure(desk.table("desk"));
  const first = await startAgent();
  expect(await toolNames(first)).toEqual(["desk__open", "desk__close"]);
  first.closeStdin();
  await first.exited;
  expect(await toolNames(await startAgent({ DESK_TOKEN: "token-of-bob" }))).toEqual(["desk__read"]);
});

describe("the command line", () => {
  test("knows connectors where all are listed, and nowhere else", async () => {
    await scene.configure(
      `[features]\nfairlead = true\ndevbox = true\n${scene.server("s")}${desk.table("desk")}`,
    );
    const { stdout } = await scene.fairlead(["list"]);
    expect(stdout).toMatch(/^s\s/m);
    expect(stdout).not.toContain("desk");
    const all = await scene.fairlead(["list", "--all"]);
    expect(all.stdout).toMatch(/^s\s+configured\s+local\s+enabled\s+stdio\s/m);
    expect(all.stdout).toMatch(/^desk\s+connector\s+local\s+enabled\s+http\s/m);
    expect(all.stdout).toMatch(/^fairlead\s+built-in\s/m);
    expect(all.stdout).toMatch(/^devbox_local\s+built-in\s+local\s/m);
    for (const command of ["get", "remove"]) {
      const refused = await scene.fairlead([command, "desk"]);
      expect(refused.code).toBe(5);
      expect(refused.stderr).toContain("desk is a connector");
    }
    expect(await scene.configText()).toContain("[connectors.desk]");
  });

  test("closes what it opened only to look", async () => {
    await scene.configure(desk.table("desk"));
    const { stdout } = await scene.fairlead(["list", "--all", "--check"], { env: ann });
    expect(stdout).toMatch(/^desk\s+connector\s+local\s+ok, 2 tools\s/m);
    expect(desk.server.sessions.size).toBe(0);
    expect(desk.front.requests.at(-1)?.method).toBe("DELETE");

    desk.server.on("tools/list", ({ response }) => void response.writeHead(500).end());
    const failed = await scene.fairlead(["list", "--all", "--check"], { env: ann });
    expect(failed.stdout).toMatch(/^desk\s+connector\s+local\s+failed\s/m);
    expect(desk.server.sessions.size).toBe(0);
  });

  test("refuses a server of the same name", async () => {
    await scene.configure(desk.table("s") + scene.server("s"));
    const { code, stderr } = await scene.fairlead(["list"]);
    expect(code).toBe(2);
    expect(stderr).toContain("connectors.s: there is a server of this name too");
    await scene.configure(desk.table("s"));
    const added = await scene.fairlead(["add", "s", "--no-probe", "--", "program"]);
    expect(added.code).toBe(2);
    expect(await scene.configText()).toBe(desk.table("s"));
  });
});

test("a running host tells how its connectors do", async () => {
  await scene.configure(
    scene.server("s") + desk.table("desk") + desk.table("refused").replace("DESK_TOKEN", "OTHER"),
  );
  const agent = await startAgent({ ...ann, OTHER: "nobody's" }, ["--enable", "fairlead"]);
  await toolNames(agent);
  const answer = await ask((await controlSocketOf(scene, agent.pid)) ?? "", "connectors/list");
  expect(answer).toEqual({
    connectors: [
      { name: "desk", executor: "local", state: "ready", actions: 2 },
      expect.objectContaining({
        name: "refused",
        lastFailure: expect.objectContaining({ reason: expect.any(String) }),
      }),
    ],
  });
  expect(JSON.stringify(answer)).not.toContain("nobody's");
  const { stdout } = await scene.fairlead(["list", "--all", "--json"]);
  expect((JSON.parse(stdout) as { servers: unknown }).servers).toMatchObject([
    { name: "s", origin: "configured" },
    { name: "desk", origin: "connector", live: [{ state: "ready", toolCount: 2, origin: "connector" }] },
    { name: "refused", origin: "connector" },
    { name: "fairlead", origin: "built-in", transport: "in-process", live: [{ pid: agent.pid }] },
  ]);
});

/** Asks a control socket one thing. */
async function ask(path: string, method: string): Promise<unknown> {
  const socket = connect(path);
  try {
    socket.write(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: {} })}\n`);
    let text = "";
    for await (const chunk of socket) {
      text += String(chunk);
      if (text.includes("\n")) break;
    }
    return (JSON.parse(text) as { result?: unknown }).result;
  } finally {
    socket.destroy();
  }
}
