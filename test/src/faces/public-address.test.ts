import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { type RawClient, runCommand, spawnRawClient, waitUntil } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { createTestHome, type TestHome } from "../servers/support/create-test-home.js";
import { fixtureServer } from "../servers/support/raw-gateway.js";

const message = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "far", version: "1" } },
});

test("an address that others reach is listened on with TLS and a token only", async () => {
  await using home = await createTestHome({ servers: { fix: fixtureServer() } });
  const refused = await home.fairlead(["serve", "--http", "0.0.0.0:0"]);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("0.0.0.0")]);

  await using program = await serveWithTls(home);
  const endpoint = `https://127.0.0.1:${await portOf(program)}/mcp`;
  const ca = await readFile(certificateOf(home).cert);
  const token = (await readFile(home.folder.file("gateway-token"), "utf8")).trim();
  const post = (headers: Readonly<Record<string, string>>): Promise<[number | undefined, string]> =>
    new Promise((resolve, reject) => {
      const types = { "content-type": "application/json", accept: "application/json, text/event-stream" };
      const options = { method: "POST", ca, headers: { ...types, ...headers }, agent: false };
      const sent = request(endpoint, options, (response) => {
        text(response).then((body) => resolve([response.statusCode, body]), reject);
      });
      sent.on("error", reject);
      sent.end(message);
    });
  expect((await post({}))[0]).toBe(401);
  const authorization = `Bearer ${token}`;
  const [status, body] = await post({ authorization });
  expect([status, JSON.parse(body)]).toMatchObject([
    200,
    { id: 1, result: { protocolVersion: "2025-11-25" } },
  ]);
  // By a name that nobody has allowed, a page could have been made to lead here.
  expect((await post({ authorization, host: "gateway.test" }))[0]).toBe(403);

  program.kill("SIGTERM");
  expect((await program.exited).code).toBe(0);
});

test("who does not finish the handshake of TLS does not hold up the end", async () => {
  await using home = await createTestHome();
  await using program = await serveWithTls(home);
  const silent = connect(await portOf(program), "127.0.0.1");
  const over = once(silent, "close");
  await once(silent, "connect");
  program.kill("SIGTERM");
  const endsWithin = AbortSignal.timeout(15_000);
  const late = once(endsWithin, "abort").then(() => "late" as const);
  expect(await Promise.race([program.exited, late])).toMatchObject({ code: 0 });
  await over;
});

function certificateOf({ folder }: TestHome): { readonly cert: string; readonly key: string } {
  return { cert: folder.file("tls.pem"), key: folder.file("tls.key") };
}

async function serveWithTls(home: TestHome): Promise<RawClient> {
  const { cert, key } = certificateOf(home);
  const kind = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";
  const subject = ["-subj", "/CN=gateway.test", "-addext", "subjectAltName=DNS:gateway.test,IP:127.0.0.1"];
  const made = await runCommand(["openssl", ...kind.split(" "), "-keyout", key, "-out", cert, ...subject]);
  expect(made.code, made.stderr).toBe(0);
  const argv = home.command("serve", "--http", "0.0.0.0:0", "--tls-cert", cert, "--tls-key", key);
  return spawnRawClient(argv, { env: home.env, cwd: home.folder.path });
}

async function portOf(program: RawClient): Promise<number> {
  const url = await waitUntil(() => /listening on (https:\/\/\S+)/.exec(program.stderr())?.[1], {
    withinMs: 20_000,
    what: () => `The address of the gateway. stderr: ${program.stderr()}`,
  });
  return Number(new URL(url).port);
}
