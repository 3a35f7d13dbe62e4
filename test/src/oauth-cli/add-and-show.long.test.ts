import { chmod, readFile } from "node:fs/promises";
import { waitUntil } from "@fairlead/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { expectFailure, expectNothingLeft } from "../failures/support/expect-failure.js";
import { approveDevice } from "../oauth/support/browser.js";
import { logIn, printedUrl } from "./support/log-in.js";
import { createOAuthScene, type OAuthScene } from "./support/oauth-scene.js";

let machine: OAuthScene;
beforeEach(async () => {
  machine = await createOAuthScene();
});
afterEach(() => machine[Symbol.asyncDispose]());

test("add finds out that a server wants a login, and says what to type", async () => {
  const { scene, server, authorization } = machine;
  await scene.configure('oauth_credentials_store = "file"\n');
  const flags = ["--scopes", "mcp", "--scopes=admin", "--oauth-resource", server.url];
  const added = await scene.fairlead(["add", "web", "--url", server.url, ...flags]);
  expect(added).toMatchObject({
    code: 0,
    stderr: "",
    stdout: "Added web on local. It wants a login. Run: fairlead login web\n",
  });
  expect(await scene.configText()).toContain(
    `url = "${server.url}"\nscopes = ["mcp", "admin"]\noauth_resource = "${server.url}"\n`,
  );
  const json = await scene.fairlead(["add", "web", "--force", "--json", "--url", server.url]);
  expect(JSON.parse(json.stdout)).toEqual({ added: "web", executor: "local", login: "fairlead login web" });
  // Nobody was asked to register anything meanwhile.
  expect((await authorization.counters()).requests["/reg"]).toBeUndefined();
  await expectNothingLeft(scene);
});

test("what is known of logins is shown, and --check finds out the rest", async () => {
  const { scene } = machine;
  const open = `[mcp_servers.signed]\nurl = "${machine.server.url}"\nbearer_token_env_var = "COPIED_SECRET"\n`;
  await scene.configure(`${machine.toml()}${open}`);
  const before = JSON.parse((await scene.fairlead(["list", "--json"])).stdout) as unknown;
  expect(before).toMatchObject({
    servers: [
      { name: "web", auth: { status: "unknown" } },
      { name: "signed", auth: { status: "bearer_token" } },
    ],
  });
  const checked = await scene.fairlead(["list", "--check"]);
  expect(checked.stdout).toMatch(/^web +local +failed +not_logged_in +http +http:/m);
  expect(checked.stdout).toMatch(/^signed +local +failed +bearer_token +http +http:/m);
  expect(checked.stderr).toContain("Run: fairlead login web");

  expect((await logIn(scene, ["login", "web", "--json"])).exit.code).toBe(0);
  const listed = await scene.fairlead(["list"]);
  expect(listed.stdout).toMatch(/^web +local +enabled +oauth +http +http:/m);
  expect((await scene.fairlead(["get", "web"])).stdout).toMatch(/^ {2}auth +oauth$/m);
  const ready = await scene.fairlead(["list", "--check", "--json"]);
  expect(JSON.parse(ready.stdout)).toMatchObject({
    servers: [{ name: "web", auth: { status: "oauth" }, check: { status: "ready", tools: 3 } }, {}],
  });
  const status = await scene.fairlead(["auth", "status", "--json"]);
  expect(JSON.parse(status.stdout)).toEqual({
    store: { setting: "file", kind: "file", folder: scene.folder.file("home/credentials") },
    servers: [
      {
        name: "web",
        executor: "local",
        status: "oauth",
        issuer: machine.authorization.issuer,
        scopes: expect.arrayContaining(["mcp"]),
        expiresAtMs: expect.any(Number),
        isRenewable: expect.any(Boolean),
      },
      { name: "signed", executor: "local", status: "bearer_token" },
    ],
  });
  expect((await scene.fairlead(["auth", "status"])).stdout).toMatch(/^web +local +oauth +\S+ min left/m);
});

test("a server whose token is configured never has the logins opened", async () => {
  const { scene, server } = machine;
  await scene.folder.write("home/credentials/credentials.json", "damaged");
  const lines = ['bearer_token_env_var = "COPIED_SECRET"'];
  await scene.configure(machine.toml(lines));
  for (const args of [
    ["call", "web", "echo"],
    ["list", "--check"],
    ["get", "web"],
    ["tools", "web"],
  ]) {
    const { stderr, stdout } = await scene.fairlead(args);
    expect(stderr + stdout).not.toMatch(/credential store|credentials\.json|damaged/);
  }
  expect((await server.counters()).challenges).toBeGreaterThan(0);
  await expectFailure(scene, ["login", "web"], {
    exit: 2,
    code: "usage",
    reason: "config_invalid",
    tells: ["'web'", "bearer_token_env_var"],
  });
});

test("the browser of BROWSER is sent to the page", async () => {
  const { scene } = machine;
  await scene.configure(machine.toml());
  const script = await scene.folder.write(
    "browser.sh",
    `#!/bin/sh\nprintf '%s\\n' "$1" > "${scene.folder.file("seen")}"\n`,
  );
  await chmod(script, 0o755);
  const login = await logIn(scene, ["login", "web"], { env: { BROWSER: script } });
  expect(login.exit.code).toBe(0);
  expect(await readFile(scene.folder.file("seen"), "utf8")).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/auth\?/);
  const shown = await logIn(scene, ["login", "web", "--no-browser"], {
    env: { BROWSER: script, SSH_CONNECTION: "10.0.0.1 5000 10.0.0.2 22" },
  });
  expect(shown.stderr).toMatch(/ssh -L \d+:127\.0\.0\.1:\d+ \S+@10\.0\.0\.2/);
});

test("Ctrl-C leaves nothing behind", async () => {
  const { scene } = machine;
  await scene.configure(machine.toml());
  const program = await scene.start(["login", "web"], { env: { BROWSER: "none" } });
  await printedUrl(() => program.stderr());
  program.kill("SIGINT");
  expect(await program.exited).toMatchObject({ code: 130 });
  expect(await machine.keptText()).toBe("");
  await expectNothingLeft(scene);
});

test("a person who says no is told so, on the page and in the terminal", async () => {
  const { scene } = machine;
  await scene.configure(machine.toml());
  const login = await logIn(scene, ["login", "web"], { decision: "deny" });
  expect(login.exit.code).toBe(3);
  expect(login.page.body).toContain("access_denied");
  expect(login.stderr).toContain("access_denied");
  expect(await machine.keptText()).toBe("");
});

test("a client that is configured is used, with its secret from the environment", async () => {
  await using other = await createOAuthScene({
    authorization: {
      isRegistrationOffered: false,
      clients: [
        {
          client_id: "desk",
          client_secret: "CANARY-of-the-client",
          application_type: "native",
          redirect_uris: ["http://127.0.0.1/callback"],
        },
      ],
    },
  });
  const { scene } = other;
  await scene.configure(other.toml(['oauth = { client_id = "desk", client_secret_env = "DESK_SECRET" }']));
  await expectFailure(scene, ["login", "web"], {
    exit: 2,
    code: "usage",
    reason: "config_invalid",
    tells: ["DESK_SECRET", "client_secret_env"],
  });
  const env = { DESK_SECRET: "CANARY-of-the-client" };
  expect(await logIn(scene, ["login", "web"], { env })).toMatchObject({ exit: { code: 0 } });
  expect(await other.keptText()).not.toContain("CANARY-of-the-client");
  const called = await scene.fairlead(["call", "web", "echo", '{"text":"in"}'], { env });
  expect(called).toMatchObject({ code: 0, stdout: "in\n" });
});

test("a code is shown for another device", async () => {
  const { scene } = machine;
  await scene.configure(machine.toml());
  const program = await scene.start(["login", "web", "--device"]);
  const said = /^ *(http\S+\/device)$[^]*the code (\S+)/m;
  await waitUntil(() => said.test(program.stderr()), {
    withinMs: 10_000,
    what: () => `the code; it said ${program.stderr()}`,
  });
  const [, page = "", code = ""] = said.exec(program.stderr()) ?? [];
  await approveDevice(`${page}?user_code=${code}`);
  expect(await program.exited).toMatchObject({ code: 0 });
  expect((await scene.fairlead(["call", "web", "echo", '{"text":"in"}'])).stdout).toBe("in\n");
});

test("a keyring that cannot be used is told once, and only where there is a login to keep", async () => {
  const { scene, server } = machine;
  const env = {
    DBUS_SESSION_BUS_ADDRESS: `unix:path=${scene.folder.file("no-bus")}`,
    XDG_RUNTIME_DIR: "/nowhere",
  };
  await scene.configure(`[mcp_servers.web]\nurl = "${server.url}"\n`);
  const before = await scene.fairlead(["list"], { env });
  expect(before).toMatchObject({ code: 0, stderr: "" });
  const login = await logIn(scene, ["login", "web"], { env });
  expect(login.exit.code).toBe(0);
  expect(login.stderr.match(/keyring cannot be used/g)).toHaveLength(1);
  expect(await machine.keptText()).toContain(machine.authorization.canary);
  const off = { ...env, FAIRLEAD_NO_KEYRING: "1" };
  const listed = await scene.fairlead(["list"], { env: off });
  expect(listed.stdout).toMatch(/^web +local +enabled +oauth/m);
  expect(listed.stderr).toBe("");
  await expectNothingLeft(scene);
});
