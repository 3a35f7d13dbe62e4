import { canCountProcesses, initializeRawClient } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { executorTable, startDaemon } from "../failures/support/executor-daemon.js";
import { textsWith } from "./support/find-secret.js";
import { logIn } from "./support/log-in.js";
import { createOAuthScene } from "./support/oauth-scene.js";
import { filesBelow, visibleProcesses } from "./support/visible-texts.js";

const canary = "CANARYofEverySecret7";

test("the search finds a secret in each of its forms", () => {
  const cut = Buffer.from(`ab${canary}cd`)
    .toString("base64")
    .replaceAll(/(.{7})/g, "$1\n");
  const texts = { plain: `a ${canary}`, lines: canary.replaceAll(/(.{5})/g, "$1\n"), cut, none: "CANARYof" };
  expect(textsWith(canary, texts)).toEqual(["plain", "lines", "cut"]);
});

test("no secret of a login is in any output, file, argument or environment, whatever goes wrong", async () => {
  await using machine = await createOAuthScene({ authorization: { canary, accessTokenTtlS: 20 } });
  const { scene, authorization, server } = machine;
  await using daemon = await startDaemon(scene);
  await scene.configure([machine.toml(['executor = "far"']), executorTable("far", daemon)].join("\n"));
  const texts: Record<string, string> = {};
  const run = async (...args: readonly string[]): Promise<void> => {
    const { stdout, stderr } = await scene.fairlead(args);
    texts[`${Object.keys(texts).length} ${args.join(" ")}`] = `${stdout}\n${stderr}`;
  };

  const login = await logIn(scene, ["login", "web"]);
  texts["login"] = [...login.lines, login.stderr].join("\n");
  expect(await machine.keptText()).toContain(canary);
  const agent = await scene.start(["serve"]);
  await initializeRawClient(agent);
  await agent.request("tools/call", { name: "web__echo", arguments: { text: "a" } });
  await server.refuseNext(1);
  await agent.request("tools/call", { name: "web__echo", arguments: { text: "b" } });
  Object.assign(texts, await visibleProcesses(scene.marker));
  await run("list", "--check", "--json");
  await run("get", "web", "--json");
  await run("auth", "status", "--json");
  await authorization.fault({ kind: "status", status: 500, body: `<h1>${canary}</h1>`, times: 50 });
  await run("call", "web", "echo", "--json");
  await authorization.revokeEverything();
  await run("call", "web", "echo", "--json");
  await run("logout", "web", "--json");
  texts["serve"] = [...agent.lines.map(String), agent.stderr()].join("\n");
  texts["executor"] = daemon.stderr();
  await agent[Symbol.asyncDispose]();

  expect(Object.keys(texts).length).toBeGreaterThan(canCountProcesses() ? 11 : 8);
  expect(textsWith(canary, { ...texts, ...(await filesBelow(scene.folder.path)) })).toEqual([]);
});
