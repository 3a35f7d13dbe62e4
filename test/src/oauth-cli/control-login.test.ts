import { initializeRawClient, type RawClient } from "@fairlead/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { expectNothingLeft } from "../failures/support/expect-failure.js";
import { freePort } from "../http/support/http-servers.js";
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

async function begin(by: RawClient = program): Promise<string> {
  const { result } = await by.request("fairlead/login", { server: "web" });
  return String((result as { url: unknown } | undefined)?.url);
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

test("a second login gets the fixed port of the one that it replaces", async () => {
  const port = await freePort();
  await machine.scene.configure(machine.toml([`oauth = { callback_port = ${port} }`]));
  const other = await machine.scene.start(["serve"]);
  await initializeRawClient(other, { capabilities: { experimental: { "fairlead/control": {} } } });
  const urls = await Promise.all([begin(other), begin(other), begin(other)]);
  const last = urls.at(-1) ?? "";
  expect(new URL(last).searchParams.get("redirect_uri")).toContain(`:${port}/`);
  expect(await authorizeInBrowser(last)).toMatchObject({ status: 200 });
  const completed = await other.nextMessage(
    ({ method, params }) => method === "fairlead/login/completed" && (params as { success: boolean }).success,
  );
  expect(completed["params"]).toEqual({ name: "web", success: true, error: null });
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
