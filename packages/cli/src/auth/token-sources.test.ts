import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { HttpServerConfig } from "@fairlead/config";
import type { Fetch } from "@fairlead/core";
import { expect, test } from "vitest";
import { toHttpEndpoint } from "../runtime/http-endpoint.js";
import { httpServer } from "../runtime/server-fixture.js";
import { createLoginScene } from "./login-fixture.js";
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
