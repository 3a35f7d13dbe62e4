import { readFile, stat } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { runCommand } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { createScene, type Scene } from "../failures/support/scene.js";
import { textsWith } from "../oauth-cli/support/find-secret.js";
import { filesBelow } from "../oauth-cli/support/visible-texts.js";
import { runDoctor } from "./support/run-doctor.js";

/** One for each place that a secret may be in; each looks like nothing else. */
const canaries = {
  env: "canary/env+value=1",
  envPlain: "canaryenvvalue",
  hostVariable: "canary-host-variable-2",
  bearer: "canaryBearerToken3",
  header: "canary header four",
  cookie: "canarycookie5",
  urlUser: "canary-user",
  urlPassword: "canary-pass6",
  urlQuery: "canaryQuery7",
  argument: "canary-argument-8",
  argumentAfterFlag: "canaryaftertheflag",
  argumentBare: "sk-canary0123456789abcdef",
  argumentUrl: "canaryArgUrl9",
  argumentPass: "canaryAfterPass14",
  argumentPrefixed: "canaryDbPass15",
  argumentUser: "canarySwordfish16",
  argumentPin: "99021117",
  argumentSetting: "canaryPwd18",
  argumentQuery: "canaryQuery19",
  argumentUnknown: "canaryUnknown20",
  helper: "canary-helper-10",
  executorToken: "canary-executor-token-11",
  gatewayToken: "canary-gateway-token-12",
  unnamed: "canary-in-a-log-13",
} as const;

const basic = Buffer.from(`me:${canaries.urlPassword}`).toString("base64");

async function plant(scene: Scene): Promise<void> {
  const script = `console.error(process.env.PLAIN, process.env.DB, process.argv.slice(1).join(" ")); process.exit(7)`;
  const args = [
    "-e",
    script,
    "--",
    `--api-key=${canaries.argument}`,
    "--password",
    canaries.argumentAfterFlag,
    canaries.argumentBare,
    `postgres://me:${canaries.argumentUrl}@db.invalid/x`,
    "--pass",
    canaries.argumentPass,
    `--dbpass=${canaries.argumentPrefixed}`,
    "-u",
    `admin:${canaries.argumentUser}`,
    "--pin",
    canaries.argumentPin,
    `Server=db;Uid=sa;Pwd=${canaries.argumentSetting}`,
    `https://host.invalid/mcp?k=${canaries.argumentQuery}`,
    "--whatever",
    canaries.argumentUnknown,
  ];
  const database = `postgres://${canaries.urlUser}:${canaries.urlPassword}@db.invalid/x`;
  const url = `http://127.0.0.1:9/mcp?api_key=${canaries.urlQuery}`;
  await scene.configure(
    [
      "[mcp_servers.leaky]",
      `command = ${JSON.stringify(process.execPath)}`,
      `args = ${JSON.stringify(args)}`,
      `env = { SOME_KEY = ${JSON.stringify(canaries.env)}, PLAIN = ${JSON.stringify(canaries.envPlain)}, DB = ${JSON.stringify(database)} }`,
      'env_vars = ["HOST_VARIABLE"]',
      'protocol = "legacy"',
      "[mcp_servers.web]",
      `url = ${JSON.stringify(url)}`,
      'bearer_token_env_var = "WEB_BEARER"',
      `http_headers = { X-Thing = ${JSON.stringify(canaries.header)}, X-Session = ${JSON.stringify(canaries.cookie)} }`,
      `headers_helper = ["/none/helper", "--token", ${JSON.stringify(canaries.helper)}]`,
      "[executors.far]",
      'url = "grpc://127.0.0.1:9"',
      'token_env = "FAR"',
      "",
    ].join("\n"),
  );
  await scene.folder.write("home/gateway-token", `${canaries.gatewayToken}\n`);
  const log = [
    ...Object.values(canaries).map((canary) => `said ${canary}`),
    ...Object.values(canaries).map((canary) => `encoded ${encodeURIComponent(canary)}`),
    ...Object.values(canaries).map((canary) => `base64 ${Buffer.from(canary).toString("base64")}`),
    `Authorization: Basic ${basic}`,
    "a line without secrets",
  ];
  // What nobody knows of is told by the name before it.
  const unknown = log.filter(
    (line) =>
      !line.includes(canaries.unnamed) && !line.endsWith(Buffer.from(canaries.unnamed).toString("base64")),
  );
  await scene.folder.write(
    "home/state/hub.log",
    [...unknown, `OTHER_TOKEN=${canaries.unnamed}`, ""].join("\n"),
  );
}

const env = {
  HOST_VARIABLE: canaries.hostVariable,
  WEB_BEARER: canaries.bearer,
  FAR: canaries.executorToken,
};

test("a support archive has everything that helps, and no secret in any form", async () => {
  await using scene = await createScene();
  await plant(scene);
  const archive = scene.folder.file("support.tar.gz");
  const { result, checks } = await runDoctor(scene, ["--bundle", archive], { env });
  expect(checks.find(({ id, server }) => id === "server-handshake" && server === "leaky")).toMatchObject({
    status: "failed",
  });
  expect((await stat(archive)).mode & 0o777).toBe(0o600);

  const unpacked = scene.folder.file("unpacked");
  await runCommand(["mkdir", unpacked]);
  expect(await runCommand(["tar", "xzf", archive, "-C", unpacked])).toMatchObject({ code: 0, stderr: "" });
  const texts = await filesBelow(unpacked);
  const names = ["config.json", "doctor.json", "logs/hub.log", "versions.json"];
  expect(Object.keys(texts).toSorted()).toEqual(names.map((name) => `fairlead-support/${name}`));
  expect(texts["fairlead-support/logs/hub.log"]).toContain("a line without secrets");
  expect(JSON.parse(texts["fairlead-support/config.json"] ?? "")).toMatchObject({
    servers: {
      leaky: { command: process.execPath, env: { SOME_KEY: "***", PLAIN: "***" } },
      web: { transport: "http" },
    },
    executors: { far: { token: { kind: "env", name: "FAR" } } },
  });
  expect(JSON.parse(texts["fairlead-support/versions.json"] ?? "")).toMatchObject({ node: process.version });

  const whole = gunzipSync(await readFile(archive)).toString("latin1");
  for (const canary of [...Object.values(canaries), basic]) {
    expect(textsWith(canary, { ...texts, whole }), canary).toEqual([]);
  }
  // The last words of a server are told, and it may say anything in them.
  const { unnamed: _unnamed, argumentQuery: _query, argumentUnknown: _unknown, ...certain } = canaries;
  for (const canary of Object.values(certain)) {
    expect(textsWith(canary, { stdout: result.stdout, stderr: result.stderr }), canary).toEqual([]);
  }
});

test("where the configuration is broken, logs are in the archive all the same, and no secret of its file", async () => {
  await using scene = await createScene();
  const key = "sk-canary0123456789abcdef";
  await scene.configure(
    [
      "[mcp_servers.s]",
      'comand = "x"',
      `args = ["${key}", "canaryword"]`,
      'env_vars = ["HOST_VARIABLE"]',
      "",
    ].join("\n"),
  );
  await scene.folder.write("home/gateway-token", `${canaries.gatewayToken}\n`);
  const said = [key, "canaryword", canaries.hostVariable, canaries.gatewayToken];
  await scene.folder.write("home/log/s.log", [...said, "a line without secrets", ""].join("\n"));
  const archive = scene.folder.file("support.tar.gz");
  const { checks } = await runDoctor(scene, ["--bundle", archive], { env });
  expect(checks).toContainEqual(expect.objectContaining({ id: "config", status: "failed" }));
  const whole = gunzipSync(await readFile(archive)).toString("latin1");
  expect(whole).toContain("a line without secrets");
  for (const canary of said) expect(textsWith(canary, { whole }), canary).toEqual([]);
});

test("a place that cannot be written is told before anything is looked at", async () => {
  await using scene = await createScene();
  const there = await scene.folder.write("mine.tar.gz", "mine");
  const { code, stdout, stderr } = await scene.fairlead(["doctor", "--bundle", there]);
  expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
  expect(stderr).toContain("is there already");
  expect(await readFile(there, "utf8")).toBe("mine");
  const nowhere = await scene.fairlead(["doctor", "--bundle", scene.folder.file("none/support.tar.gz")]);
  expect(nowhere).toMatchObject({ code: 2, stdout: "" });
});
