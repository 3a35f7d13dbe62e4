import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { type AuthorizationServer, startAuthorizationServer } from "./support/authorization-server.js";
import { expectOneCallForSix, slowly } from "./support/six-processes.js";
import { createStoredLogin } from "./support/token-users.js";

const stack = createDisposeStack();
const serverUrl = "http://127.0.0.1:9/mcp";
let authorization: AuthorizationServer;

beforeAll(async () => {
  authorization = stack.use(await startAuthorizationServer());
  await authorization.fault(slowly);
});

afterAll(() => stack[Symbol.asyncDispose]());

describe("six processes with one login that has run out", () => {
  test.each([1, 2, 3, 4, 5])("make one token call and all get its token (%i of 5)", async () => {
    await expectOneCallForSix(authorization, serverUrl);
  });

  test("do the same where the server refused the token", async () => {
    await using login = await createStoredLogin(authorization, serverUrl);
    const refusedToken = (await login.read()).accessToken;
    const users = await Promise.all(Array.from({ length: 6 }, () => login.startUser({ refusedToken })));
    const before = await authorization.counters();
    await Promise.all(users.map((user) => user.go()));
    const results = await Promise.all(users.map((user) => user.result()));
    const after = await authorization.counters();
    const { accessToken } = await login.read();
    expect(accessToken).not.toBe(refusedToken);
    expect(results.map((result) => result.accessToken)).toEqual(Array.from({ length: 6 }, () => accessToken));
    expect((after.tokenCalls["refresh_token"] ?? 0) - (before.tokenCalls["refresh_token"] ?? 0)).toBe(1);
    for (const user of users) await user[Symbol.asyncDispose]();
  });
});

test("never are two token calls under way at once", async () => {
  expect((await authorization.counters()).mostAtOnce).toBe(1);
});
