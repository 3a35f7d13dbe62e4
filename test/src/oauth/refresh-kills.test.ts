import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { type AuthorizationServer, startAuthorizationServer } from "./support/authorization-server.js";
import {
  createStoredLogin,
  expired,
  renewalSteps,
  type StoredLogin,
  type TokenResult,
} from "./support/token-users.js";

const stack = createDisposeStack();
const serverUrl = "http://127.0.0.1:9/mcp";
let rotating: AuthorizationServer;
let lasting: AuthorizationServer;

beforeAll(async () => {
  rotating = stack.use(await startAuthorizationServer());
  lasting = stack.use(await startAuthorizationServer({ isRotating: false }));
});

afterAll(() => stack[Symbol.asyncDispose]());

/** A dead holder's lock is free at once; the rest is the start of a program on a busy machine. */
const nextWithinMs = 10_000;

async function killedAt(login: StoredLogin, killAt: (typeof renewalSteps)[number]): Promise<void> {
  await using user = await login.startUser({ killAt });
  await user.go();
  expect((await user.exited).signal).toBe("SIGKILL");
}

async function askAfterwards(login: StoredLogin): Promise<TokenResult> {
  await using user = await login.startUser();
  const startedAtMs = performance.now();
  await user.go();
  const result = await user.result();
  expect(performance.now() - startedAtMs).toBeLessThan(nextWithinMs);
  return result;
}

/** Between the server's answer and its being kept the only copy of a rotated token is in the program that was killed. */
const losesTheAnswer: ReadonlySet<string> = new Set(["answered", "writing"]);

describe("a process that is killed while it renews a login", () => {
  test.each(renewalSteps.filter((step) => !losesTheAnswer.has(step)))(
    "at the step '%s' loses nothing and holds nobody up",
    async (killAt) => {
      await using login = await createStoredLogin(rotating, serverUrl, expired());
      const before = await rotating.counters();
      await killedAt(login, killAt);
      const result = await askAfterwards(login);
      const after = await rotating.counters();
      expect(result).toMatchObject({ accessToken: (await login.read()).accessToken });
      expect(
        (after.tokenSuccesses["refresh_token"] ?? 0) - (before.tokenSuccesses["refresh_token"] ?? 0),
      ).toBe(1);
      expect(after.reuses).toBe(before.reuses);
    },
  );

  test.each(renewalSteps)(
    "at the step '%s' loses nothing of a server that does not rotate",
    async (killAt) => {
      await using login = await createStoredLogin(lasting, serverUrl, expired());
      await killedAt(login, killAt);
      expect(await askAfterwards(login)).toMatchObject({ accessToken: (await login.read()).accessToken });
    },
  );

  test.each([...losesTheAnswer] as ("answered" | "writing")[])(
    "at the step '%s' leaves, at a server that rotates, a login that says it must be renewed by a person",
    async (killAt) => {
      await using login = await createStoredLogin(rotating, serverUrl, expired());
      await killedAt(login, killAt);
      expect(await askAfterwards(login)).toMatchObject({ error: { reason: "reauthentication_required" } });
      const calls = (await rotating.counters()).tokenCalls["refresh_token"];
      expect(await askAfterwards(login)).toMatchObject({ error: { reason: "reauthentication_required" } });
      expect((await rotating.counters()).tokenCalls["refresh_token"]).toBe(calls);
    },
  );

  test("before the server did its work leaves the login as it was", async () => {
    await using login = await createStoredLogin(rotating, serverUrl, expired());
    await rotating.fault({ kind: "hold-before" });
    {
      await using user = await login.startUser();
      await user.go();
      await rotating.untilHeld();
      user.kill();
      await user.exited;
    }
    const waiting = askAfterwards(login);
    const result = await waiting;
    await rotating.release();
    expect(result).toMatchObject({ accessToken: (await login.read()).accessToken });
    expect((await rotating.counters()).reuses).toBeLessThanOrEqual(2);
  });

  test("with five others that wait for it leaves the work to one of them", async () => {
    await using login = await createStoredLogin(rotating, serverUrl, expired());
    const before = await rotating.counters();
    const first = await login.startUser({ killAt: "before-request" });
    const others = await Promise.all(Array.from({ length: 5 }, () => login.startUser()));
    try {
      await first.go();
      await Promise.all(others.map((user) => user.go()));
      const results = await Promise.all(others.map((user) => user.result()));
      const { accessToken } = await login.read();
      expect(results.map((result) => result.accessToken)).toEqual(
        Array.from({ length: 5 }, () => accessToken),
      );
      const after = await rotating.counters();
      expect((after.tokenCalls["refresh_token"] ?? 0) - (before.tokenCalls["refresh_token"] ?? 0)).toBe(1);
    } finally {
      for (const user of [first, ...others]) await user[Symbol.asyncDispose]();
    }
  });
});
