import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { HttpServerConfig } from "@fairlead/config";
import type { Fetch } from "@fairlead/core";
import { expect, test } from "vitest";
import { toHttpEndpoint } from "../runtime/http-endpoint.js";
import { httpServer } from "../runtime/server-fixture.js";
import { createLoginScene, loginTo } from "./login-fixture.js";
import { createTokenSources } from "./token-sources.js";

const server = httpServer();

/** Servers of a user whose logins are unreadable. */
async function brokenScene() {
  const logins = await createLoginScene();
  const told: string[] = [];
  const credentials = logins.open();
  await mkdir(credentials.folder, { recursive: true });
  await writeFile(join(credentials.folder, "credentials.json"), "{ no json", { mode: 0o600 });
  const warn = (name: string, text: string): void => void told.push(`${name}: ${text}`);
  const tokens = createTokenSources({ credentials, env: {}, warn });
  return {
    told,
    endpointOf: (more: Partial<HttpServerConfig>, fetch: Fetch) => {
      const configured = { ...server, ...more };
      const options = { fetch, env: {}, helper: undefined, tokens: tokens.of(configured, fetch) };
      return toHttpEndpoint(configured, { ...options, warn: (text) => warn(configured.name, text) });
    },
    [Symbol.asyncDispose]: async () => {
      await tokens[Symbol.asyncDispose]();
      await logins[Symbol.asyncDispose]();
    },
  };
}

test("a broken store of logins stops no server that wants none, and is told once for all", async () => {
  await using scene = await brokenScene();
  const open: Fetch = async () => new Response("");
  for (const name of ["one", "two"]) {
    const endpoint = scene.endpointOf({ name }, open);
    for (const _ of [1, 2]) expect((await endpoint.headers?.())?.values).toEqual({});
    expect((await endpoint.fetch(server.url, { method: "POST" })).status).toBe(200);
  }
  expect(scene.told).toEqual([
    expect.stringMatching(/^one: The store with the login to server 'one' cannot be read, .*without a login/),
  ]);
  const closed = scene.endpointOf({ name: "three" }, async () => new Response("", { status: 401 }));
  await expect(closed.fetch(server.url, { method: "POST" })).rejects.toMatchObject({
    reason: "credentials_unavailable",
  });
});

test("a machine that logs in by itself sends nothing unsigned while its store is broken", async () => {
  await using scene = await brokenScene();
  const login: HttpServerConfig["login"] = {
    clientId: "ci",
    clientSecretVar: "S",
    machine: { kind: "secret", variable: "S" },
  };
  const endpoint = scene.endpointOf({ login }, async () => new Response(""));
  await expect(endpoint.headers?.()).rejects.toMatchObject({ reason: "credentials_unavailable" });
  expect(scene.told).toEqual([]);
});

test("a login whose secret this program was not given names the variable, and stays good for those who have it", async () => {
  await using scene = await createLoginScene();
  const login: HttpServerConfig["login"] = { ...server.login, clientId: "c", clientSecretVar: "S" };
  const kept = loginTo(server, { clientAuthentication: "client_secret_basic", expiresAtMs: 1 });
  await (await scene.open().open()).write(kept);
  const sent: string[] = [];
  const fetch: Fetch = async (_url, init) => {
    sent.push(new Headers(init?.headers).get("authorization") ?? "none");
    return Response.json({ access_token: "new", token_type: "bearer", expires_in: 3_600 });
  };
  const warn = (_: string, text: string): void => expect.fail(text);
  for (const value of [undefined, ""]) {
    await using without = createTokenSources({ credentials: scene.open(), env: { S: value }, warn });
    const source = await without.of({ ...server, login }, fetch).source();
    await expect(source?.token()).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining(
        "the environment variable S (oauth.client_secret_env) is not set",
      ) as string,
      details: { server: server.name, variable: "S" },
    });
  }
  expect(sent).toEqual([]);
  await using having = createTokenSources({ credentials: scene.open(), env: { S: "s" }, warn });
  const source = await having.of({ ...server, login }, fetch).source();
  expect(await source?.token()).toMatchObject({ accessToken: "new" });
  expect(sent).toEqual([`Basic ${btoa("c:s")}`]);
});
