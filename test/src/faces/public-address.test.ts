import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { runCommand, spawnRawClient, waitUntil } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { createTestHome } from "../servers/support/create-test-home.js";
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

  const files = { cert: home.folder.file("tls.pem"), key: home.folder.file("tls.key") };
  const kind = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";
  const subject = ["-subj", "/CN=gateway.test", "-addext", "subjectAltName=DNS:gateway.test,IP:127.0.0.1"];
  const out = ["-keyout", files.key, "-out", files.cert];
  const made = await runCommand(["openssl", ...kind.split(" "), ...out, ...subject]);
  expect(made.code, made.stderr).toBe(0);

  const tls = ["--tls-cert", files.cert, "--tls-key", files.key];
  const argv = home.command("serve", "--http", "0.0.0.0:0", ...tls);
  await using program = await spawnRawClient(argv, { env: home.env, cwd: home.folder.path });
  const url = await waitUntil(() => /listening on (https:\/\/\S+)/.exec(program.stderr())?.[1], {
    withinMs: 20_000,
    what: () => `The address of the gateway. stderr: ${program.stderr()}`,
  });
  const endpoint = `https://127.0.0.1:${new URL(url).port}/mcp`;
  const ca = await readFile(files.cert);
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
