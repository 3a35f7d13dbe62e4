import { binaryCommand, waitUntil } from "@fairlead/testkit";
import { ListRootsRequestSchema, type Root } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ExecutorDaemon, executorTable, startDaemon } from "../failures/support/executor-daemon.js";
import { createScene, type Scene } from "../failures/support/scene.js";
import { everythingServer } from "./support/real-servers.js";
import { connectV1, type V1End } from "./support/v1-ways.js";

// `path_map` of an executor: an agent's roots reach a server in the spelling of the server's machine.
const roots: Root[] = [
  { uri: "file:///home/me/p", name: "the project" },
  { uri: "file:///home/me/p/deep/a%20b" },
  { uri: "file:///home/me/private" },
];
let scene: Scene;
let daemon: ExecutorDaemon;
let agent: V1End;
beforeAll(async () => {
  scene = await createScene();
  daemon = await startDaemon(scene);
  const everything = everythingServer();
  const server = [
    `command = ${JSON.stringify(everything.command)}`,
    `args = ${JSON.stringify(everything.args)}`,
  ];
  const pairs =
    '{ host = "/home/me/p", executor = "/srv/p" }, { host = "/home/me/p/deep", executor = "/deep" }';
  await scene.configure(
    [
      executorTable("far", daemon, [`path_map = [${pairs}]`]),
      ["[mcp_servers.far]", ...server, 'executor = "far"'].join("\n"),
      ["[mcp_servers.near]", ...server].join("\n"),
    ].join("\n"),
  );
  const [command, ...args] = binaryCommand("fairlead");
  if (command === undefined) throw new Error("There is no fairlead");
  const launch = { command, args: [...args, "serve"], env: scene.env, cwd: scene.folder.path };
  agent = await connectV1(launch, { capabilities: { roots: {} } }, (client) => {
    client.setRequestHandler(ListRootsRequestSchema, async () => ({ roots }));
  });
});
afterAll(async () => {
  await agent.close();
  await daemon[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});

/** The server asks for them on its own, some time after its start. */
async function rootsSeenBy(server: string): Promise<string> {
  const seen = async (): Promise<string | undefined> => {
    const { content } = await agent.client.callTool({ name: `${server}__get-roots-list` });
    const text = JSON.stringify(content);
    return text.includes("Current MCP Roots") ? text : undefined;
  };
  return waitUntil(seen, { withinMs: 10_000, what: "The roots" });
}

test("a server on an executor is told the roots as its machine spells them, without those that it cannot see", async () => {
  const seen = await rootsSeenBy("far");
  expect(seen).toContain("the project");
  expect(seen).toContain("file:///srv/p");
  expect(seen).toContain("file:///deep/a%20b");
  expect(seen).not.toContain("/home/me");
  expect(agent.stderr()).toContain("The agent's root file:///home/me/private is in no folder of path_map");
});

test("a server here is told them as they are", async () => {
  const seen = await rootsSeenBy("near");
  for (const { uri } of roots) expect(seen).toContain(uri);
});
