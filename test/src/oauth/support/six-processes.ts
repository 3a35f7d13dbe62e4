import { expect } from "vitest";
import { createDisposeStack } from "../../servers/support/dispose-stack.js";
import type { AuthorizationServer } from "./authorization-server.js";
import { createStoredLogin, expired, type TokenUser } from "./token-users.js";

const processCount = 6;

/** Makes token calls long enough to overlap, should there be more than one. */
export const slowly = { kind: "slow", delayMs: 50, times: 1_000 } as const;

/**
 * Lets six processes ask for the token of one expired login at the same moment, at a server that ends the login if a refresh
 * token comes twice. Expects one token call, and six times the token that it gave.
 */
export async function expectOneCallForSix(
  authorization: AuthorizationServer,
  serverUrl: string,
): Promise<void> {
  const stack = createDisposeStack();
  try {
    const login = stack.use(await createStoredLogin(authorization, serverUrl, expired()));
    const users: TokenUser[] = await Promise.all(
      Array.from({ length: processCount }, async () => stack.use(await login.startUser())),
    );
    const before = await authorization.counters();
    await Promise.all(users.map((user) => user.go()));
    const results = await Promise.all(users.map((user) => user.result()));
    const after = await authorization.counters();
    const { accessToken } = await login.read();
    expect(results.map((result) => result.accessToken ?? result.error)).toEqual(
      Array.from({ length: processCount }, () => accessToken),
    );
    const calls = (name: "tokenCalls" | "tokenSuccesses"): number =>
      (after[name]["refresh_token"] ?? 0) - (before[name]["refresh_token"] ?? 0);
    expect([calls("tokenCalls"), calls("tokenSuccesses")]).toEqual([1, 1]);
    expect(after.reuses).toBe(before.reuses);
    const exits = await Promise.all(users.map((user) => user.exited));
    expect(exits.map(({ code }) => code)).toEqual(Array.from({ length: processCount }, () => 0));
  } finally {
    await stack[Symbol.asyncDispose]();
  }
}
