import { initializeRawClient } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { expectNothingLeft } from "../failures/support/expect-failure.js";
import { httpTable } from "../http-cli/support/http-table.js";
import { untilSaid } from "../serve-cli/support/http-gateway.js";
import { logIn } from "./support/log-in.js";
import { createOAuthScene } from "./support/oauth-scene.js";

const warning =
  "Server 'web' offers a login, and nobody is logged in, so it may do less. Run: fairlead login web";

test("a server that works without the login that it offers is told of once, wherever somebody looks", async () => {
  await using machine = await createOAuthScene({ server: { isOpen: true } });
  const { scene } = machine;
  await scene.configure(machine.toml());
  const agent = await scene.start(["serve"]);
  await initializeRawClient(agent, { capabilities: { experimental: { "fairlead/control": {} } } });
  const said = await agent.nextMessage(({ method }) => method === "notifications/message");
  expect(said["params"]).toEqual({ level: "warning", logger: "fairlead/web", data: warning });
  const status = await agent.nextMessage(
    ({ method, params }) =>
      method === "fairlead/startupStatus/updated" && (params as { warning?: string }).warning !== undefined,
  );
  expect(status["params"]).toEqual({
    name: "web",
    status: "ready",
    error: null,
    failureReason: null,
    warning,
  });
  await untilSaid(agent, warning);
  const called = await agent.request("tools/call", { name: "web__echo", arguments: { text: "a" } });
  expect(called).toMatchObject({ result: { content: [{ text: "a" }] } });

  const listed = await scene.fairlead(["list"]);
  expect(listed.stdout).toMatch(/^web +local +ready\S* .*not_logged_in +http/m);
  expect(listed.stderr).toContain("Run: fairlead login web");

  expect((await logIn(scene, ["login", "web"])).exit.code).toBe(0);
  await agent.nextMessage(({ method }) => method === "fairlead/authStatus/updated");
  const after = await scene.fairlead(["list"]);
  expect(after.stdout).toMatch(/^web .* oauth +http/m);
  expect(after.stderr).toBe("");
  expect(agent.stderr().split(warning)).toHaveLength(2);
});

test("a server that has no login to offer is told of to nobody", async () => {
  await using machine = await createOAuthScene({ server: { isOpen: true, metadataPlace: "none" } });
  const { scene } = machine;
  await scene.configure(machine.toml());
  const checked = await scene.fairlead(["list", "--check"]);
  expect(checked.stdout).toMatch(/^web +local +ok, 3 tools +/m);
  expect(checked.stderr).toBe("");
  await expectNothingLeft(scene);
});

test("logins that cannot be read stop no server that wants none, and are told once", async () => {
  await using open = await createOAuthScene({ server: { isOpen: true } });
  await using closed = await createOAuthScene();
  const { scene } = open;
  await scene.folder.write("home/credentials/credentials.json", "damaged");
  await scene.configure(`${open.toml()}${httpTable("closed", closed.server.url)}`);
  const called = await scene.fairlead(["call", "web", "echo", '{"text":"in"}']);
  expect(called).toMatchObject({ code: 0, stdout: "in\n" });
  expect(called.stderr).toMatch(
    /^fairlead: web: .*credentials\.json.* Requests go out without a login meanwhile\n$/,
  );
  const refused = await scene.fairlead(["call", "closed", "echo", "--json"]);
  expect(JSON.parse(refused.stderr)).toMatchObject({
    error: {
      code: "unavailable",
      message: expect.stringContaining("credentials.json"),
      details: { reason: "credentials_unavailable" },
    },
  });
  // It may hold a login, so a logout must not say that there was none.
  const logout = await scene.fairlead(["logout", "web"]);
  expect(logout).toMatchObject({ code: 4, stdout: "" });
  expect(logout.stderr).toMatch(/nothing was forgotten: \S+credentials\.json .*; mend it, or remove it/);
  await expectNothingLeft(scene);
});
