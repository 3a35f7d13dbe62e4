import { hasPty } from "@fairlead/machine";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { expectNothingLeft } from "../failures/support/expect-failure.js";
import { authorizeInBrowser } from "../oauth/support/browser.js";
import { openCommandTerminal } from "./support/command-terminal.js";
import { printedUrl } from "./support/log-in.js";
import { createOAuthScene, type OAuthScene } from "./support/oauth-scene.js";

let machine: OAuthScene;
beforeEach(async () => {
  machine = await createOAuthScene();
  await machine.scene.configure('oauth_credentials_store = "file"\n');
});
afterEach(() => machine[Symbol.asyncDispose]());

const isPossible = await hasPty();
if (!isPossible) process.stderr.write("skipped: add in a terminal: there are no pseudo terminals here\n");

describe.skipIf(!isPossible)("add in a terminal", () => {
  const add = (...flags: string[]) =>
    openCommandTerminal(machine.scene, ["add", "web", "--url", machine.server.url, ...flags], {
      BROWSER: "none",
    });

  test("logs in to a server that wants it at once, and says what it has then", async () => {
    await using terminal = await add();
    const page = await authorizeInBrowser(await printedUrl(() => terminal.shown()));
    expect(page.status).toBe(200);
    expect(await terminal.ended).toBe(0);
    expect(terminal.shown()).toContain("Added web on local. It wants a login\r\n");
    expect(terminal.shown()).toContain("Logged in to web: 3 tools\r\n");
    expect(terminal.shown()).not.toContain(machine.authorization.canary);
    expect(await machine.scene.configText()).toContain("[mcp_servers.web]");
    const called = await machine.scene.fairlead(["call", "web", "echo", '{"text":"in"}']);
    expect(called).toMatchObject({ code: 0, stdout: "in\n" });
    await expectNothingLeft(machine.scene);
  });

  test("takes the address that the browser ended at, where that is pasted", async () => {
    await using terminal = await add("--scopes", "mcp");
    const options = { visitsCallback: false };
    const { url } = await authorizeInBrowser(await printedUrl(() => terminal.shown()), options);
    await terminal.type(url);
    expect(await terminal.ended).toBe(0);
    expect(terminal.shown()).toContain("Logged in to web: 3 tools\r\n");
    await expectNothingLeft(machine.scene);
  });

  test("keeps what it added where nobody logs in, and says how to do it later", async () => {
    await using terminal = await add();
    const page = await authorizeInBrowser(await printedUrl(() => terminal.shown()), { decision: "deny" });
    expect(page.body).toContain("access_denied");
    expect(await terminal.ended).toBe(3);
    expect(terminal.shown()).toContain("web was added; log in later: fairlead login web");
    expect(await machine.scene.configText()).toContain("[mcp_servers.web]");
    expect(await machine.keptText()).toBe("");
    await expectNothingLeft(machine.scene);
  });

  test("lets go of everything at Ctrl-C", async () => {
    await using terminal = await add();
    await printedUrl(() => terminal.shown());
    await terminal.interrupt();
    expect(await terminal.ended).toBe(130);
    expect(await machine.keptText()).toBe("");
    await expectNothingLeft(machine.scene);
  });

  test("only names the line to type where its output is for a program", async () => {
    await using terminal = await add("--json");
    expect(await terminal.ended).toBe(0);
    expect(terminal.shown()).toContain('"login": "fairlead login web"');
    expect(terminal.shown()).not.toContain("Open this page");
  });
});
