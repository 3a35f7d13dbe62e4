import { canCountProcesses, initializeRawClient } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { createDesktop, whyNoKeyring } from "../credentials/support/session-bus.js";
import { executorTable, startDaemon } from "../failures/support/executor-daemon.js";
import { allKindsCanary as canary, textsWith } from "./support/find-secret.js";
import { logIn } from "./support/log-in.js";
import { createOAuthScene, type OAuthScene } from "./support/oauth-scene.js";
import { filesBelow, visibleProcesses } from "./support/visible-texts.js";

const whyNot = await whyNoKeyring();
if (whyNot !== undefined)
  process.stdout.write(`secrets.test.ts skips the sealed file, without a real keyring: ${whyNot}\n`);

test("the search finds a secret in each of its forms", () => {
  const inside = Buffer.from(`ab${canary}cd`);
  const texts = {
    plain: `a ${canary}`,
    lines: canary.replaceAll(/(.{5})/g, "$1\n"),
    address: `?a=${encodeURIComponent(canary)}`,
    "part of an address": `/${encodeURIComponent(canary).replaceAll("%2F", "/").toLowerCase()}`
      .replace("canary", "CANARY")
      .replace("every", "Every")
      .replace("secret", "Secret"),
    form: new URLSearchParams({ a: canary }).toString(),
    json: JSON.stringify(canary).replaceAll("/", "\\/"),
    cut: inside.toString("base64").replaceAll(/(.{7})/g, "$1\n"),
    token: inside.toString("base64url"),
    none: "CANARY+of/",
  };
  const { none: _, ...found } = texts;
  expect(new Set(Object.values(texts)).size).toBe(Object.keys(texts).length);
  expect(textsWith(canary, texts)).toEqual(Object.keys(found));
});

/** Logs in, works, meets all kinds of trouble and logs out, and gives everything that could be seen meanwhile. */
async function seenWhile(machine: OAuthScene, env: Readonly<Record<string, string>>) {
  const { scene, authorization, server } = machine;
  await using daemon = await startDaemon(scene);
  await scene.configure([machine.toml(['executor = "far"']), executorTable("far", daemon)].join("\n"));
  const texts: Record<string, string> = {};
  const run = async (...args: readonly string[]): Promise<void> => {
    const { stdout, stderr } = await scene.fairlead(args, { env });
    texts[`${Object.keys(texts).length} ${args.join(" ")}`] = `${stdout}\n${stderr}`;
  };

  const login = await logIn(scene, ["login", "web"], { env });
  texts["login"] = [...login.lines, login.stderr].join("\n");
  const kept = await machine.keptText();
  const agent = await scene.start(["serve"], { env });
  await initializeRawClient(agent);
  const call = (text: string) => agent.request("tools/call", { name: "web__echo", arguments: { text } });
  expect(await call("a")).toMatchObject({ result: { content: [{ text: "a" }] } });
  await server.refuseNext(1);
  expect(await call("b")).toMatchObject({ result: { content: [{ text: "b" }] } });
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
  return { kept, texts: { ...texts, ...(await filesBelow(scene.folder.path)) } };
}

test("no secret of a login is in any output, file, argument or environment, whatever goes wrong", async () => {
  await using machine = await createOAuthScene({ authorization: { canary, accessTokenTtlS: 20 } });
  const { kept, texts } = await seenWhile(machine, {});
  expect(textsWith(canary, { kept })).toEqual(["kept"]);
  expect(textsWith(canary, texts)).toEqual([]);
});

test.skipIf(whyNot !== undefined)("nor is it in the sealed file, with a real keyring", async () => {
  await using desktop = await createDesktop();
  await using session = await desktop.open();
  await using machine = await createOAuthScene({
    authorization: { canary, accessTokenTtlS: 20 },
    store: "encrypted",
  });
  const { kept, texts } = await seenWhile(machine, session.env);
  expect(kept).toContain('"cipher"');
  expect(textsWith(canary, { kept, ...texts })).toEqual([]);
});
