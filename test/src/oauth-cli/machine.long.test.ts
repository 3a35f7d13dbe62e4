import { generateKeyPairSync } from "node:crypto";
import { chmod, writeFile } from "node:fs/promises";
import { canCountProcesses, initializeRawClient, type RawClient } from "@fairlead/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { executorTable, startDaemon } from "../failures/support/executor-daemon.js";
import { expectFailure, expectNothingLeft } from "../failures/support/expect-failure.js";
import { untilSaid } from "../serve-cli/support/http-gateway.js";
import { allKindsCanary, textsWith } from "./support/find-secret.js";
import { createOAuthScene, type OAuthScene } from "./support/oauth-scene.js";
import { shortTtlS, untilNearlyOver } from "./support/until-nearly-over.js";
import { filesBelow, visibleProcesses } from "./support/visible-texts.js";

const secret = "CANARY+of/TheMachine=Secret";
const defaults = { grant_types: ["client_credentials"], redirect_uris: [], response_types: [] };
const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
const privateKeyPem = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
/** A part of the key that is in it once, and nowhere else. */
const keyCanary = privateKeyPem.split("\n")[2]?.slice(0, 24) ?? "";

const bySecret =
  'oauth = { grant = "client_credentials", client_id = "robot", client_secret_env = "ROBOT_SECRET" }';
const byKeyFile =
  'oauth = { grant = "client_credentials", client_id = "signer", private_key_file = "robot.pem", algorithm = "ES256", key_id = "k1" }';
const byKeyVariable =
  'oauth = { grant = "client_credentials", client_id = "signer", private_key_env = "ROBOT_KEY" }';
const env = { ROBOT_SECRET: secret, ROBOT_KEY: privateKeyPem };

let machine: OAuthScene;
beforeEach(async () => {
  machine = await createOAuthScene({
    authorization: {
      canary: allKindsCanary,
      isRegistrationOffered: false,
      accessTokenTtlS: shortTtlS,
      clients: [
        { client_id: "robot", client_secret: secret, ...defaults },
        {
          client_id: "signer",
          ...defaults,
          token_endpoint_auth_method: "private_key_jwt",
          token_endpoint_auth_signing_alg: "ES256",
          jwks: { keys: [{ ...pair.publicKey.export({ format: "jwk" }), kid: "k1" }] },
        },
      ],
    },
  });
});
afterEach(() => machine[Symbol.asyncDispose]());

async function writeKey(mode: number): Promise<string> {
  const path = machine.scene.folder.file("home/robot.pem");
  await writeFile(path, privateKeyPem);
  await chmod(path, mode);
  return path;
}

async function echo(agent: RawClient, text: string): Promise<unknown> {
  return agent.request("tools/call", { name: "web__echo", arguments: { text } });
}

async function asked(): Promise<number> {
  const { tokenSuccesses, requests } = await machine.authorization.counters();
  expect(requests["/auth"]).toBeUndefined();
  return tokenSuccesses["client_credentials"] ?? 0;
}

describe.each([
  ["a secret", "local", bySecret],
  ["a key in a file", "far", byKeyFile],
  ["a key in a variable", "local", byKeyVariable],
])("a machine with %s, for a server that is reached from %s", (_, executor, oauth) => {
  test("needs nobody: it is called, and asks anew for a token that is over or refused", async () => {
    const { scene, server } = machine;
    await using daemon = await startDaemon(scene);
    await writeKey(0o600);
    await scene.configure(
      [machine.toml([`executor = "${executor}"`, oauth]), executorTable("far", daemon)].join("\n"),
    );
    const agent = await scene.start(["serve"], { env });
    await initializeRawClient(agent);
    expect(await echo(agent, "a")).toMatchObject({ result: { content: [{ text: "a" }] } });
    const before = await asked();
    expect(before).toBeGreaterThan(0);
    await server.refuseNext(1);
    expect(await echo(agent, "c")).toMatchObject({ result: { content: [{ text: "c" }] } });
    expect(await asked()).toBeGreaterThan(before);
    const kept = await machine.keptText();
    expect(kept).toContain(machine.authorization.canary);
    await agent[Symbol.asyncDispose]();
    expect(await scene.fairlead(["logout", "web"], { env })).toMatchObject({
      code: 0,
      stdout: "Logged out of web\n",
      stderr: "",
    });
    await expectNothingLeft(scene, [daemon.pid]);
  });
});

test("a token that is half over is replaced before it is used", async () => {
  const { scene } = machine;
  await scene.configure(machine.toml([bySecret]));
  expect((await scene.fairlead(["login", "web"], { env })).code).toBe(0);
  expect(await asked()).toBe(1);
  await untilNearlyOver(scene);
  expect((await scene.fairlead(["call", "web", "echo"], { env })).code).toBe(0);
  expect(await asked()).toBeGreaterThan(1);
});

test("what is known of it is shown, and login only looks whether it works", async () => {
  const { scene } = machine;
  await scene.configure(machine.toml([bySecret]));
  const shown = async (...args: readonly string[]): Promise<string> => (await scene.fairlead(args)).stdout;
  expect(await shown("auth", "status")).toMatch(/web +local +oauth +by itself \(client_credentials\)/);
  expect(await shown("list")).toMatch(/web +local +enabled +oauth/);
  expect(await shown("get", "web")).toContain("secret in ROBOT_SECRET (client_credentials)");
  expect(JSON.parse(await shown("get", "web", "--json"))).toMatchObject({
    auth: { status: "oauth", isMachine: true, isRenewable: true },
  });
  expect(await asked()).toBe(0);
  // BROWSER is not `none` here: a browser that is opened would be this.
  const login = await scene.fairlead(["login", "web"], { env: { ...env, BROWSER: "false" } });
  expect(login).toMatchObject({
    code: 0,
    stdout: "web needs no login: this machine got a token by itself\n",
    stderr: "",
  });
  expect(await asked()).toBe(1);
  expect(await shown("auth", "status")).toMatch(/web +local +oauth +\d+ s left, renewed by itself/);
  await expectFailure(
    scene,
    ["login", "web", "--device"],
    { exit: 2, code: "usage", reason: "argument_invalid", tells: ["Nobody logs in to server 'web'"] },
    { env },
  );
});

test("a wrong secret is one clear error, whoever meets it", async () => {
  const { scene, authorization } = machine;
  await scene.configure(machine.toml([bySecret]));
  const wrong = { env: { ROBOT_SECRET: "CANARYofAnother" } };
  const expected = {
    exit: 3,
    code: "unauthenticated",
    reason: "oauth_token_refused",
    tells: [
      "Server 'web': this machine got no token",
      "invalid_client",
      "Correct the client's id, its secret, or how it is registered. If ROBOT_SECRET was wrong, correct it; a serve that runs already must be started anew, as",
    ],
  } as const;
  await expectFailure(scene, ["call", "web", "echo"], expected, wrong);
  await expectFailure(scene, ["login", "web"], expected, wrong);
  expect((await authorization.counters()).requests["/auth"]).toBeUndefined();
  const missing = { exit: 2, code: "usage", reason: "config_invalid" } as const;
  await expectFailure(scene, ["call", "web", "echo"], {
    ...missing,
    tells: ["ROBOT_SECRET", "oauth.client_secret_env", "is not set"],
  });

  const agent = await scene.start(["serve"], wrong);
  await initializeRawClient(agent);
  const answer = JSON.stringify(await echo(agent, "a"));
  expect(answer).toContain("this machine got no token");
  expect(`${answer}\n${agent.stderr()}`).not.toMatch(/fairlead login|failed a moment ago|CANARY/);
});

test.skipIf(process.platform === "win32")(
  "a key that was mended lets a serve in that is told to reload",
  async () => {
    const { scene } = machine;
    const path = await writeKey(0o600);
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    await writeFile(path, other.export({ type: "pkcs8", format: "pem" }).toString());
    await scene.configure(machine.toml([byKeyFile]));
    const agent = await scene.start(["serve"]);
    await initializeRawClient(agent);
    expect(JSON.stringify(await echo(agent, "a"))).toContain("this machine got no token");
    await writeFile(path, privateKeyPem);
    agent.kill("SIGHUP");
    await untilSaid(agent, "reloaded");
    expect(await echo(agent, "in")).toMatchObject({ result: { content: [{ text: "in" }] } });
  },
);

test.skipIf(process.platform === "win32")("a key that others may read is refused", async () => {
  const { scene } = machine;
  await scene.configure(machine.toml([byKeyFile]));
  const expected = { exit: 2, code: "usage", reason: "config_invalid" } as const;
  await expectFailure(scene, ["call", "web", "echo"], {
    ...expected,
    tells: ["robot.pem", "does not exist"],
  });
  const path = await writeKey(0o640);
  await expectFailure(scene, ["call", "web", "echo"], { ...expected, tells: [`chmod 600 ${path}`] });
  await chmod(path, 0o600);
  expect(await scene.fairlead(["call", "web", "echo", '{"text":"in"}'])).toMatchObject({
    code: 0,
    stdout: "in\n",
  });
});

test("only the authorization server that is named sees the secret, and only the machine's own token counts", async () => {
  const { scene, authorization, server } = machine;
  const pinned = bySecret.replace(" }", ', issuer = "https://login.example" }');
  await scene.configure(machine.toml([bySecret]));
  expect((await scene.fairlead(["login", "web"], { env })).code).toBe(0);
  await scene.configure(machine.toml([pinned]));
  await expectFailure(
    scene,
    ["call", "web", "echo"],
    {
      exit: 2,
      code: "usage",
      reason: "config_invalid",
      tells: ["belongs to https://login.example", authorization.issuer],
    },
    { env },
  );
  expect(await asked()).toBe(1);
  expect((await server.counters()).accepted).toBe(0);
  await scene.configure(machine.toml([pinned.replace("https://login.example", authorization.issuer)]));
  expect((await scene.fairlead(["call", "web", "echo"], { env })).code).toBe(0);
});

test("no secret, key or token of a machine is in any output, file, argument or foreign environment", async () => {
  const { scene, authorization } = machine;
  await using daemon = await startDaemon(scene);
  const key = await writeKey(0o600);
  await scene.configure(
    [
      machine.toml([`executor = "far"`, bySecret]),
      `[mcp_servers.signed]\nurl = ${JSON.stringify(machine.server.url)}\n${byKeyFile}\n`,
      executorTable("far", daemon),
    ].join("\n"),
  );
  const texts: Record<string, string> = {};
  const run = async (...args: readonly string[]): Promise<void> => {
    const { stdout, stderr } = await scene.fairlead(args, { env: { ROBOT_SECRET: secret } });
    texts[args.join(" ")] = `${stdout}\n${stderr}`;
  };
  const agent = await scene.start(["serve"], { env: { ROBOT_SECRET: secret } });
  await initializeRawClient(agent);
  await echo(agent, "a");
  await agent.request("tools/call", { name: "signed__echo", arguments: { text: "b" } });
  const visible = await visibleProcesses(scene.marker);
  // Whoever starts us gives us the secret there; nobody else may have it.
  delete visible[`${agent.pid} environ`];
  Object.assign(texts, visible);
  await run("login", "web", "--json");
  await run("get", "web", "--json");
  await run("auth", "status", "--json");
  await run("list", "--check", "--json");
  await authorization.fault({ kind: "status", status: 500, body: `<h1>${secret}</h1>`, times: 50 });
  await run("call", "signed", "echo", "--json");
  await run("call", "web", "echo", "--json");
  texts["serve"] = [...agent.lines.map(String), agent.stderr()].join("\n");
  texts["executor"] = daemon.stderr();
  await agent[Symbol.asyncDispose]();

  expect(keyCanary).toHaveLength(24);
  expect(Object.keys(texts).length).toBeGreaterThan(canCountProcesses() ? 9 : 7);
  const files = await filesBelow(scene.folder.path);
  expect(textsWith(keyCanary, files)).toEqual([key.slice(scene.folder.path.length + 1)]);
  delete files[key.slice(scene.folder.path.length + 1)];
  for (const canary of [secret, keyCanary]) expect(textsWith(canary, { ...texts, ...files })).toEqual([]);
  const tokens = Object.fromEntries(Object.entries(files).filter(([name]) => !name.includes("credentials")));
  expect(textsWith(`${authorization.canary}-`, { ...texts, ...tokens })).toEqual([]);
});
