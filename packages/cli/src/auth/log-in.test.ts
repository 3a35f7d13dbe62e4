import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LoginUi } from "@fairlead/oauth";
import { expect, test } from "vitest";
import { httpServer } from "../runtime/server-fixture.js";
import type { Credentials } from "./credentials.js";
import { type LoginSurroundings, logIn } from "./log-in.js";
import { createLoginScene } from "./login-fixture.js";

const server = httpServer();
const never = (): never => {
  throw new Error("nobody is to be bothered");
};
const ui: LoginUi = { showUrl: never, openBrowser: never, pasted: undefined, tell: never };

/** What a login works with, and every request that it makes. */
function surroundings(credentials: Credentials): {
  readonly context: LoginSurroundings["context"];
  readonly requests: readonly string[];
} {
  const requests: string[] = [];
  const fetch = async (url: string | URL): Promise<Response> => {
    requests.push(String(url));
    return new Response("", { status: 404 });
  };
  const { signal } = new AbortController();
  const http = { fetch, close: never, [Symbol.asyncDispose]: never };
  return { context: { credentials, env: {}, http, pool: undefined as never, signal }, requests };
}

test("a login that could not be kept fails before anybody is asked for anything", async () => {
  await using scene = await createLoginScene();
  const credentials = scene.open();
  const locks = join(credentials.folder, "locks");
  await mkdir(credentials.folder);
  await writeFile(locks, "");
  const { context, requests } = surroundings(credentials);
  await expect(logIn(server, {}, { context, ui })).rejects.toMatchObject({
    reason: "io_failed",
    details: { path: locks },
  });
  expect(requests).toEqual([]);
  await rm(locks);
  await expect(logIn(server, {}, { context, ui })).rejects.toMatchObject({ effect: "none" });
  expect(requests).not.toEqual([]);
  // What the attempt left behind is no reason to ask a keyring for logins.
  expect(await readdir(credentials.folder)).toEqual(["locks"]);
  expect(await scene.open().openIfUsed()).toBeUndefined();
});

test("a login beside logins that cannot be read fails before anybody is asked, and leaves them as they are", async () => {
  await using scene = await createLoginScene();
  const credentials = scene.open();
  const file = join(credentials.folder, "credentials.json");
  await mkdir(credentials.folder);
  await writeFile(file, '{"version":1,');
  const { context, requests } = surroundings(credentials);
  await expect(logIn(server, {}, { context, ui })).rejects.toMatchObject({
    code: "usage",
    reason: "credentials_unavailable",
    message: expect.stringContaining(file),
  });
  expect(requests).toEqual([]);
  expect(await readFile(file, "utf8")).toBe('{"version":1,');
});
