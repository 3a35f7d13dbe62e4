import { initializeRawClient } from "@fairlead/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ExecutorDaemon, executorTable, startDaemon } from "../failures/support/executor-daemon.js";
import { expectNothingLeft } from "../failures/support/expect-failure.js";
import { logIn } from "./support/log-in.js";
import { createOAuthScene, type OAuthScene } from "./support/oauth-scene.js";
import { shortTtlS, untilNearlyOver } from "./support/until-nearly-over.js";

describe.each(["local", "far"] as const)("a server that is reached from %s", (executor) => {
  let machine: OAuthScene;
  let daemon: ExecutorDaemon;
  beforeEach(async () => {
    machine = await createOAuthScene({ authorization: { accessTokenTtlS: shortTtlS } });
    daemon = await startDaemon(machine.scene);
    const { scene } = machine;
    await scene.configure(
      [machine.toml([`executor = "${executor}"`]), executorTable("far", daemon)].join("\n"),
    );
  });
  afterEach(async () => {
    await daemon[Symbol.asyncDispose]();
    await machine[Symbol.asyncDispose]();
  });

  test("is logged in to once, called, renewed, and logged out of", async () => {
    const { scene, authorization } = machine;
    const login = await logIn(scene, ["login", "web"]);
    expect(login).toMatchObject({ exit: { code: 0 }, page: { status: 200 } });
    expect(login.lines).toEqual(["Logged in to web"]);

    await untilNearlyOver(scene);
    const agent = await scene.start(["serve"]);
    await initializeRawClient(agent);
    const call = async (text: string): Promise<unknown> =>
      agent.request("tools/call", { name: "web__echo", arguments: { text } });
    expect(await call("hello")).toMatchObject({ result: { content: [{ text: "hello" }] } });
    const renewed = await authorization.counters();
    expect(renewed.tokenSuccesses).toMatchObject({
      authorization_code: 1,
      refresh_token: expect.any(Number),
    });
    expect(renewed).toMatchObject({ tokenRefusals: {}, reuses: 0 });

    // What is over for the server is renewed without anybody.
    await machine.server.refuseNext(1);
    expect(await call("again")).toMatchObject({ result: { content: [{ text: "again" }] } });
    await agent[Symbol.asyncDispose]();

    const logout = await scene.fairlead(["logout", "web"]);
    expect(logout).toMatchObject({ code: 0, stdout: "Logged out of web\n", stderr: "" });
    expect((await authorization.counters()).requests).toMatchObject({ "/token/revocation": 1 });
    expect(await machine.keptText()).not.toContain(authorization.canary);
    const called = await scene.fairlead(["call", "web", "echo"]);
    expect(called).toMatchObject({ code: 3, stdout: "" });
    expect(called.stderr).toContain("fairlead login web");
    const again = await scene.fairlead(["logout", "web"]);
    expect(again).toMatchObject({ code: 0, stdout: "There was no login to web\n" });
    await expectNothingLeft(scene, [daemon.pid]);
  });
});
