import { initializeRawClient, waitUntil } from "@fairlead/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { untilSaid } from "../serve-cli/support/http-gateway.js";
import { logIn } from "./support/log-in.js";
import { createOAuthScene, type OAuthScene } from "./support/oauth-scene.js";

interface Status {
  readonly servers: readonly { readonly expiresAtMs: number }[];
}

let machine: OAuthScene;
beforeEach(async () => {
  // A token of that life is over soon.
  machine = await createOAuthScene({ authorization: { accessTokenTtlS: 2 } });
  await machine.scene.configure(machine.toml());
  await logIn(machine.scene, ["login", "web"]);
});
afterEach(() => machine[Symbol.asyncDispose]());

/** Starts an agent, and waits for how its server failed. */
async function failedStart(reason: string) {
  const agent = await machine.scene.start(["serve"]);
  await initializeRawClient(agent);
  const refused = agent.request("tools/call", { name: "web__echo", arguments: { text: "a" } });
  await untilSaid(agent, `[${reason}]`);
  return { agent, answer: JSON.stringify(await refused) };
}

test("a login that is not valid any more is told at the start, with what to type", async () => {
  const { scene, authorization } = machine;
  await authorization.revokeEverything();
  const { agent, answer } = await failedStart("reauthentication_required");
  expect(agent.stderr()).toContain("Run: fairlead login web");
  expect(answer).toContain("fairlead login web");
  expect(answer).toContain("reauthentication_required");
  const listed = await scene.fairlead(["list"]);
  expect(listed.stdout).toMatch(
    /^web +local +failed .*reauthentication_required +reauthentication_required +http/m,
  );
  expect(listed.stderr).toContain("Run: fairlead login web");
  const checked = await scene.fairlead(["list", "--check", "--json"]);
  expect(JSON.parse(checked.stdout)).toMatchObject({
    servers: [{ auth: { status: "reauthentication_required" }, check: { status: "failed" } }],
  });
  // What was refused is never sent again.
  const refusals = (await authorization.counters()).tokenCalls["refresh_token"];
  await scene.fairlead(["call", "web", "echo"]);
  expect((await authorization.counters()).tokenCalls["refresh_token"]).toBe(refusals);

  expect((await logIn(scene, ["login", "web"])).exit.code).toBe(0);
  const called = await scene.fairlead(["call", "web", "echo", '{"text":"in"}']);
  expect(called).toMatchObject({ code: 0, stdout: "in\n" });
});

test("an authorization server that is away is no reason to log in again", async () => {
  const { scene, authorization } = machine;
  await authorization.fault({ kind: "status", status: 503, times: 1_000 });
  const status = JSON.parse((await scene.fairlead(["auth", "status", "--json"])).stdout) as Status;
  const endMs = status.servers[0]?.expiresAtMs ?? Number.NaN;
  await waitUntil(() => Date.now() >= endMs, { withinMs: 5_000, what: "the end of the token" });
  const { agent, answer } = await failedStart("unreachable");
  expect(agent.stderr() + answer).not.toMatch(/login_required|reauthentication_required|fairlead login/);
  const listed = JSON.parse((await scene.fairlead(["list", "--json"])).stdout) as unknown;
  expect(listed).toMatchObject({ servers: [{ auth: { status: "oauth", isRenewable: true } }] });
});
