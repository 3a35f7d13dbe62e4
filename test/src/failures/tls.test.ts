import { readFile } from "node:fs/promises";
import { connectExecutor } from "@fairlead/link";
import { runCommand } from "@fairlead/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ExecutorDaemon, startDaemon } from "./support/executor-daemon.js";
import { expectFailure } from "./support/expect-failure.js";
import { createScene, type Scene } from "./support/scene.js";

let scene: Scene;
let daemon: ExecutorDaemon;

/** A self-signed certificate, its own authority. */
async function certificate(name: string): Promise<{ cert: string; key: string }> {
  const files = { cert: scene.folder.file(`${name}.pem`), key: scene.folder.file(`${name}.key`) };
  const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name},IP:127.0.0.1`];
  const kind = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";
  const made = await runCommand([
    "openssl",
    ...kind.split(" "),
    "-keyout",
    files.key,
    "-out",
    files.cert,
    ...subject,
  ]);
  expect(made.code, made.stderr).toBe(0);
  return files;
}

let right: { cert: string; key: string };
let wrong: { cert: string; key: string };
beforeAll(async () => {
  scene = await createScene();
  right = await certificate("executor.test");
  wrong = await certificate("somebody.else");
  // Every address of this machine: without the certificate this would be refused.
  daemon = await startDaemon(scene, {
    listen: "0.0.0.0:0",
    args: ["--tls-cert", right.cert, "--tls-key", right.key],
  });
});
afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});

const client = { clientName: "test", clientVersion: "0" };

test("the address says that it is encrypted", () => {
  expect(daemon.address).toBe(`grpcs://0.0.0.0:${daemon.port}`);
});

test("a host that trusts the authority gets in with the token", async () => {
  const url = `grpcs://127.0.0.1:${daemon.port}`;
  const ca = await readFile(right.cert);
  const tls = { ca, serverName: "executor.test" };
  await using session = await connectExecutor({ ...client, url, token: daemon.token, tls });
  expect(await session.describe()).toMatchObject({ sessions: 1 });
});

test("by another name only if the certificate has it", async () => {
  const url = `grpcs://localhost:${daemon.port}`;
  const ca = await readFile(right.cert);
  await using session = await connectExecutor({
    ...client,
    url,
    token: daemon.token,
    tls: { ca, serverName: "executor.test" },
  });
  expect(session.state).toMatchObject({ state: "connected" });
  const refused = connectExecutor({ ...client, url, token: daemon.token, tls: { ca } });
  await expect(refused).rejects.toMatchObject({ code: "unavailable", reason: "executor_unreachable" });
  await expect(refused).rejects.toThrow(/certificate|altnames/i);
});

const untrusted = {
  exit: 4,
  code: "unavailable",
  reason: "executor_unreachable",
  tells: ["far", /certificate/i],
} as const;

async function configure(host: string, tls: string): Promise<void> {
  const url = `grpcs://${host}:${daemon.port}`;
  await scene.configure(
    `[executors.far]\nurl = "${url}"\ntoken_file = "${daemon.tokenFile}"\ntls = { ${tls} }\n`,
  );
}

test.each([
  ["another authority", () => `ca = "${wrong.cert}", server_name = "executor.test"`],
  ["the system's authorities", () => 'server_name = "executor.test"'],
])("a host that trusts %s stays out, in one clear line", async (_, tls) => {
  await configure("127.0.0.1", tls());
  await expectFailure(scene, ["executor", "describe", "far"], untrusted, { stillRunning: [daemon.pid] });
});

test("an address instead of a name is nothing to warn about", async () => {
  await configure("127.0.0.1", `ca = "${wrong.cert}"`);
  await expectFailure(scene, ["executor", "describe", "far"], untrusted, { stillRunning: [daemon.pid] });
});

test("a wrong token is refused over TLS too", async () => {
  const ca = await readFile(right.cert);
  const url = `grpcs://127.0.0.1:${daemon.port}`;
  const refused = connectExecutor({
    ...client,
    url,
    token: "wrong-token-wrong",
    tls: { ca, serverName: "executor.test" },
  });
  await expect(refused).rejects.toMatchObject({ code: "unauthenticated", reason: "bad_token" });
});

test("plain text to the encrypted port is refused, and the daemon lives on", async () => {
  const url = `grpc://127.0.0.1:${daemon.port}`;
  const refused = connectExecutor({ ...client, url, token: daemon.token });
  await expect(refused).rejects.toMatchObject({ code: "unavailable", reason: "executor_unreachable" });
  const ca = await readFile(right.cert);
  await using session = await connectExecutor({
    ...client,
    url: `grpcs://127.0.0.1:${daemon.port}`,
    token: daemon.token,
    tls: { ca, serverName: "executor.test" },
  });
  expect(session.state).toMatchObject({ state: "connected" });
  expect(daemon.stderr()).toBe("");
});

test("a CA file that cannot be read is named", async () => {
  await configure("localhost", 'ca = "/none/ca.pem"');
  await expectFailure(
    scene,
    ["executor", "describe", "far"],
    { exit: 2, code: "usage", reason: "config_invalid", tells: ["/none/ca.pem"] },
    { stillRunning: [daemon.pid] },
  );
});

test("a CA file without a certificate lets nobody be trusted", async () => {
  const ca = await scene.folder.write("empty.pem", "no certificate\n");
  await configure("localhost", `ca = "${ca}", server_name = "executor.test"`);
  await expectFailure(scene, ["executor", "describe", "far"], untrusted, { stillRunning: [daemon.pid] });
});
