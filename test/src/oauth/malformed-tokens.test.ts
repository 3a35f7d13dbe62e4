import { createHttpClient, type HttpClient } from "@fairlead/machine";
import { processMarks } from "@fairlead/machine/process-mark";
import {
  createTokenSource,
  type OAuthCredential,
  openCredentialStore,
  type TokenSource,
} from "@fairlead/oauth";
import { createTempFolder, type TempFolder } from "@fairlead/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createDisposeStack, type DisposeStack } from "../servers/support/dispose-stack.js";
import {
  type MalformedServer,
  type OddAnswer,
  oddToken,
  retryAfterS,
  startMalformedServer,
} from "./support/malformed-server.js";

const shared = createDisposeStack();
const serverUrl = "http://127.0.0.1:9/mcp";
let server: MalformedServer;
let http: HttpClient;

beforeAll(async () => {
  server = shared.use(await startMalformedServer());
  http = shared.use(createHttpClient({ environment: {} }));
});

afterAll(() => shared[Symbol.asyncDispose]());

interface Scene {
  readonly source: TokenSource;
  readonly stored: () => Promise<OAuthCredential>;
}

let stack: DisposeStack;
let folder: TempFolder;

beforeEach(async () => {
  stack = createDisposeStack();
  folder = stack.use(await createTempFolder("fl-mt-"));
});

afterEach(() => stack[Symbol.asyncDispose]());

const refreshLimitMs = 400;

async function openScene(expiresInMs: number): Promise<Scene> {
  const keyring = {} as Parameters<typeof openCredentialStore>[0]["keyring"];
  const warnings: string[] = [];
  const warn = (text: string): number => warnings.push(text);
  const store = await openCredentialStore({
    setting: "file",
    folder: folder.path,
    keyring,
    processes: processMarks,
    warn,
  });
  const key = { executor: "", serverUrl, issuer: server.issuer };
  await store.write({
    ...key,
    serverName: "odd",
    tokenEndpoint: server.tokenEndpoint,
    clientId: "client",
    clientAuthentication: "none",
    accessToken: "first-access-token",
    tokenType: "Bearer",
    refreshToken: "first-refresh-token",
    scopes: ["read"],
    expiresAtMs: Date.now() + expiresInMs,
    savedAtMs: Date.now() - 3_600_000,
  });
  const source = createTokenSource({
    store,
    server: { executor: "", serverUrl },
    serverName: "odd",
    fetch: http.fetch,
    refreshLimitMs,
    warn,
  });
  stack.use(source);
  return {
    source,
    stored: async () => {
      const answer = await store.read(key);
      if (answer.kind !== "found") throw new Error(answer.kind);
      return answer.value;
    },
  };
}

const worthless: readonly OddAnswer[] = [
  "html-500",
  "html-200",
  "empty",
  "not-json",
  "json-array",
  "json-null",
  "no-access-token",
  "too-many-requests",
  "endless",
  "cut-short",
  "hang",
];

describe("a token endpoint that answers nothing of worth", () => {
  test.each(worthless)("(%s) logs nobody out", async (answer) => {
    server.setAnswer(answer);
    const { source, stored } = await openScene(-1_000);
    const before = await stored();
    const failure: unknown = await source.token().catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: "unavailable", reason: "refresh_failed" });
    expect(String(failure)).not.toMatch(/first-(access|refresh)-token/);
    expect(await stored()).toEqual(before);
  });

  test.each(worthless)("(%s) leaves the access token in use while it lives", async (answer) => {
    server.setAnswer(answer);
    const { source } = await openScene(20_000);
    expect((await source.token())?.accessToken).toBe("first-access-token");
  });

  test("is left alone as long as it asks for", async () => {
    server.setAnswer("too-many-requests");
    const { source } = await openScene(-1_000);
    const before = server.front.requests.length;
    await expect(source.token()).rejects.toMatchObject({ details: { retryAfterMs: retryAfterS * 1_000 } });
    await expect(source.token()).rejects.toMatchObject({ reason: "refresh_failed" });
    expect(server.front.requests.length - before).toBe(1);
  });

  test("is given up after a while, and its connection with it", async () => {
    server.setAnswer("hang");
    const { source } = await openScene(-1_000);
    await expect(source.token()).rejects.toThrow(`${refreshLimitMs} ms`);
    await server.front.untilNoConnections(5_000);
  });
});

describe("a token endpoint whose answer has a token", () => {
  test.each<[OddAnswer, (expiresAtMs: number | undefined) => boolean]>([
    ["no-token-type", (atMs) => atMs !== undefined && atMs > Date.now() + 3_500_000],
    ["no-expires-in", (atMs) => atMs === undefined],
    ["expires-in-text", (atMs) => atMs !== undefined && atMs > Date.now() + 3_500_000],
    ["expires-in-negative", (atMs) => atMs !== undefined && atMs <= Date.now()],
    ["expires-in-huge", (atMs) => atMs === 8_640_000_000_000_000],
  ])("is taken as it can be (%s)", async (answer, isRight) => {
    server.setAnswer(answer);
    const { source, stored } = await openScene(-1_000);
    expect(await source.token()).toEqual({ accessToken: oddToken, tokenType: "Bearer" });
    const { accessToken, refreshToken, scopes, expiresAtMs } = await stored();
    expect([accessToken, refreshToken, scopes]).toEqual([oddToken, "first-refresh-token", ["read"]]);
    expect(isRight(expiresAtMs)).toBe(true);
  });
});
