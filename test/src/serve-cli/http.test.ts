import { readdir, readFile, stat } from "node:fs/promises";
import { createRawHttpClient, initializeRawClient } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { expectFailure } from "../failures/support/expect-failure.js";
import { createScene } from "../failures/support/scene.js";
import { serverProcesses, waitUntilServersGone } from "../lifetimes/support/server-processes.js";
import { startHttpGateway } from "./support/http-gateway.js";

const ladderMs = 4_000;
const initialize =
  '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}';

describe("serve --http", () => {
  test("says where it listens, keeps its token to itself, serves agents, and ends everything at a signal", async () => {
    await using scene = await createScene();
    await scene.configure(scene.server("s"));
    const gateway = await startHttpGateway(scene);
    expect(gateway.process.stderr()).toMatch(/^fairlead: listening on http:\/\/127\.0\.0\.1:\d+\/mcp\n$/);
    expect((await stat(scene.folder.file("home/gateway-token"))).mode & 0o777).toBe(0o600);
    await using agent = gateway.client();
    await initializeRawClient(agent);
    const { result } = await agent.request("tools/call", { name: "s__echo", arguments: { text: "hi" } });
    expect(JSON.stringify(result)).toContain("hi");
    await using single = gateway.client("/s");
    await initializeRawClient(single);
    const { result: own } = await single.request("tools/call", { name: "echo", arguments: { text: "own" } });
    expect(JSON.stringify(own)).toContain("own");

    gateway.process.kill("SIGTERM");
    expect(await gateway.process.exited).toMatchObject({ code: 0, signal: null });
    await waitUntilServersGone(scene, ladderMs);
    expect(gateway.process.lines).toEqual([]);
    expect(gateway.process.stderr()).not.toContain(gateway.token);
    expect((await readdir(scene.folder.file("home/run"))).filter((name) => name !== "trees")).toEqual([]);
  });

  test.each([
    ["one signal: stubborn servers are gone before it is", 1],
    ["two: it is gone at once, and they soon", 2],
  ])("ends by %s", async (_, signals) => {
    await using scene = await createScene();
    await scene.configure(scene.server("s", ["--ignore-eof", "--ignore-term"]));
    const gateway = await startHttpGateway(scene);
    await using agent = gateway.client();
    await initializeRawClient(agent);
    await agent.request("tools/call", { name: "s__pid", arguments: {} });
    const held = agent.request("tools/call", { name: "s__sleep", arguments: { ms: 600_000 } });
    held.catch(() => undefined);
    await agent.request("tools/call", { name: "s__pid", arguments: {} });
    expect(serverProcesses(scene)).toHaveLength(1);
    gateway.process.kill("SIGTERM");
    if (signals === 2) gateway.process.kill("SIGINT");
    const exit = await gateway.process.exited;
    expect(exit).toMatchObject({ code: signals === 2 ? 130 : 0, signal: null });
    await waitUntilServersGone(scene, signals === 2 ? ladderMs : 100);
  });

  test("says which serve of this home has its port", async () => {
    await using scene = await createScene();
    await scene.configure(scene.server("s"));
    const first = await startHttpGateway(scene);
    const { host } = new URL(first.url);
    const expected = {
      exit: 5,
      code: "already_exists",
      reason: "address_in_use",
      tells: [`${host} is taken by pid ${first.process.pid}, a fairlead serve of this home`],
    } as const;
    await expectFailure(scene, ["serve", "--http", host], expected, { stillRunning: [first.process.pid] });
  });

  test("asks for the token, and for the same one after a restart", async () => {
    await using scene = await createScene();
    await scene.configure("");
    const first = await startHttpGateway(scene);
    for (const token of [undefined, `${first.token}x`, ""]) {
      await using stranger = createRawHttpClient({ url: first.url, token });
      const { status } = await stranger.post('{"jsonrpc":"2.0","id":1,"method":"ping"}').answer;
      expect(status).toBe(401);
    }
    first.process.kill("SIGINT");
    expect(await first.process.exited).toMatchObject({ code: 0 });
    const second = await startHttpGateway(scene);
    expect(second.token).toBe(first.token);
    await using agent = second.client();
    await initializeRawClient(agent);
  });

  test("takes a token of its environment, and then writes none", async () => {
    await using scene = await createScene();
    await scene.configure("");
    const gateway = await startHttpGateway(scene, ["--http-token-env", "OWN"], { OWN: "of-my-own" });
    expect(gateway.token).toBeUndefined();
    await using agent = createRawHttpClient({ url: gateway.url, token: "of-my-own" });
    await initializeRawClient(agent);
  });

  test("asks for none on this machine's own address, where somebody wants that", async () => {
    await using scene = await createScene();
    await scene.configure("");
    const gateway = await startHttpGateway(scene, ["--http-no-auth"]);
    await using agent = createRawHttpClient({ url: gateway.url });
    expect(await initializeRawClient(agent)).toMatchObject({ serverInfo: { name: "fairlead" } });
    expect(gateway.token).toBeUndefined();
  });

  test("keeps to the bounds of the configuration", async () => {
    await using scene = await createScene();
    await scene.configure("[gateway]\nmax_sessions = 1\n");
    const gateway = await startHttpGateway(scene);
    await using agent = gateway.client();
    await initializeRawClient(agent);
    await using another = gateway.client();
    const { status } = await another.post(initialize).answer;
    expect(status).toBe(503);
  });
});

describe("serve does not start", () => {
  test.each([
    [["--http", "0.0.0.0:0"], "insecure_transport", "0.0.0.0 is reachable by others"],
    [["--http", "0.0.0.0:0", "--http-no-auth"], "insecure_transport", "--http-no-auth is only for"],
    [["--http", "nowhere"], "argument_invalid", 'got "nowhere"'],
    [["--http", "--http-token-env", "NOT_SET"], "bad_token", "NOT_SET"],
    [["--http", "--server", "s"], "argument_invalid", "/mcp/s"],
    [["--attach", "always", "--strict-config"], "argument_invalid", "takes no other flag but --server"],
    [["--enable", "devbx"], "argument_invalid", 'Did you mean "devbox"?'],
  ] as const)("with %j", async (flags, reason, tells) => {
    await using scene = await createScene();
    await scene.configure("");
    await expectFailure(scene, ["serve", ...flags], { exit: 2, code: "usage", reason, tells: [tells] });
  });

  test("where somebody else listens", async () => {
    await using scene = await createScene();
    await scene.configure("");
    const gateway = await startHttpGateway(scene);
    const port = new URL(gateway.url).port;
    const second = await scene.fairlead(["serve", "--http", port]);
    expect(second).toMatchObject({ code: 5, stdout: "" });
    expect(second.stderr).toContain(`127.0.0.1:${port} is taken`);
  });

  test("with a token that others can read", async () => {
    await using scene = await createScene();
    await scene.configure("");
    await scene.folder.write("home/gateway-token", "SENTINEL-token\n");
    const result = await scene.fairlead(["serve", "--http", "0"]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("can be read by others");
    expect(result.stderr).not.toContain("SENTINEL");
    expect(await readFile(scene.folder.file("home/gateway-token"), "utf8")).toBe("SENTINEL-token\n");
  });
});

test("serve --server is the server itself, with its own names", async () => {
  await using scene = await createScene();
  await scene.configure(scene.server("s") + scene.server("other"));
  const agent = await scene.start(["serve", "--server", "s"]);
  const { serverInfo } = await initializeRawClient(agent);
  expect(serverInfo).not.toMatchObject({ name: "fairlead" });
  const { result } = await agent.request("tools/call", { name: "echo", arguments: { text: "own" } });
  expect(JSON.stringify(result)).toContain("own");
  agent.closeStdin();
  expect(await agent.exited).toMatchObject({ code: 0 });
  await waitUntilServersGone(scene, ladderMs);
  const unknown = await scene.fairlead(["serve", "--server", "nobody"]);
  expect(unknown).toMatchObject({ code: 5 });
  expect(unknown.stderr).toContain('There is no server "nobody"');
});
