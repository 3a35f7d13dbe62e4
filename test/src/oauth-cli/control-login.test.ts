import { initializeRawClient, type RawClient } from "@fairlead/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { expectNothingLeft } from "../failures/support/expect-failure.js";
import { authorizeInBrowser } from "../oauth/support/browser.js";
import { createOAuthScene, type OAuthScene } from "./support/oauth-scene.js";

let machine: OAuthScene;
let program: RawClient;
beforeEach(async () => {
  machine = await createOAuthScene();
  await machine.scene.configure(machine.toml());
  program = await machine.scene.start(["serve"]);
  await initializeRawClient(program, { capabilities: { experimental: { "fairlead/control": {} } } });
});
afterEach(() => machine[Symbol.asyncDispose]());

async function begin(): Promise<string> {
  const { result } = await program.request("fairlead/login", { server: "web" });
  return String((result as { url: unknown }).url);
}

async function notified(method: string): Promise<unknown> {
  const message = await program.nextMessage((one) => one["method"] === method);
  return message["params"];
}

test("a program begins a login, shows the page itself, and is told the end", async () => {
  const first = await begin();
  // Only one at a time waits for its browser.
  const url = await begin();
  expect(await notified("fairlead/login/completed")).toMatchObject({ name: "web", success: false });
  expect(url).not.toBe(first);
  expect(await authorizeInBrowser(url)).toMatchObject({ status: 200 });
  expect(await notified("fairlead/login/completed")).toEqual({ name: "web", success: true, error: null });
  expect(await notified("fairlead/authStatus/updated")).toEqual({ name: "web", change: "login" });
  const called = await program.request("tools/call", { name: "web__echo", arguments: { text: "in" } });
  expect(called).toMatchObject({ result: { content: [{ text: "in" }] } });
  // The page is the program's to show.
  expect(program.stderr()).not.toContain(url);

  const logout = await program.request("fairlead/logout", { server: "web" });
  expect(logout.result).toEqual({ wasLoggedIn: true });
  expect(await notified("fairlead/authStatus/updated")).toEqual({ name: "web", change: "logout" });
  expect((await program.request("fairlead/logout", { server: "web" })).result).toEqual({
    wasLoggedIn: false,
  });
});

test("what somebody decided is told, and a login that waits ends with its host", async () => {
  await authorizeInBrowser(await begin(), { decision: "deny" });
  const denied = (await notified("fairlead/login/completed")) as { success: boolean; error: string };
  expect(denied.success).toBe(false);
  expect(denied.error).toContain("access_denied");
  await begin();
  program.closeStdin();
  expect(await program.exited).toMatchObject({ code: 0 });
  await expectNothingLeft(machine.scene);
});
