import { FairleadError } from "@fairlead/core";
import { describe, expect, test, vi } from "vitest";
import type { OAuthCredential } from "../credential.js";
import { createMemoryStore } from "./test-support/memory-store.js";
import { expiredCredential, json, startMs } from "./test-support/token-endpoint.js";
import { fresh, reauthentication, tokenScene } from "./test-support/token-scene.js";
import { createTokenSource, type TokenSourceOptions } from "./token-source.js";

describe("a login that is good", () => {
  test("is used as it is", async () => {
    const { source, endpoint, store } = tokenScene(expiredCredential(fresh));
    expect(await source.token()).toEqual({ accessToken: "access-0", tokenType: "Bearer" });
    expect(await source.token()).toEqual({ accessToken: "access-0", tokenType: "Bearer" });
    expect(endpoint.forms).toEqual([]);
    expect(store.calls).toEqual(["find"]);
  });

  test("is used as it is where nobody knows its end", async () => {
    const { source, endpoint } = tokenScene(expiredCredential({ expiresAtMs: undefined }));
    expect((await source.token())?.accessToken).toBe("access-0");
    expect(endpoint.forms).toEqual([]);
  });

  test("is read again after a few seconds, so that the login of another process counts", async () => {
    const made = tokenScene(expiredCredential(fresh));
    await made.source.token();
    made.store.held = expiredCredential({ ...fresh, accessToken: "another" });
    expect((await made.source.token())?.accessToken).toBe("access-0");
    made.nowMs += 5_000;
    expect((await made.source.token())?.accessToken).toBe("another");
    expect(made.changes).toEqual(["replaced"]);
    made.store.held = undefined;
    made.source.forget();
    expect(await made.source.token()).toBeUndefined();
  });

  test("outlives a store that cannot be asked for a while", async () => {
    const made = tokenScene(expiredCredential(fresh));
    await made.source.token();
    made.store.answer = { kind: "unavailable", reason: "the keyring is locked" };
    made.nowMs += 10_000;
    expect((await made.source.token())?.accessToken).toBe("access-0");
  });
});

describe("no login", () => {
  test("is no token", async () => {
    const { source } = tokenScene();
    const empty = createTokenSource({
      store: createMemoryStore(),
      server: { executor: "", serverUrl: "https://notes.test/mcp" },
      serverName: "notes",
      fetch: () => Promise.reject(new Error("no request is expected")),
      warn: () => undefined,
    });
    expect(await empty.token()).toBeUndefined();
    expect(await empty.refused("whatever")).toBeUndefined();
    expect(await empty.missing()).toBe("login_required");
    expect(await source.missing()).toBe("reauthentication_required");
  });

  test.each(["unavailable", "corrupt"] as const)("is not what a store says that is %s", async (kind) => {
    const { source, store, endpoint } = tokenScene();
    store.answer = { kind, reason: "the keyring is locked" };
    await expect(source.token()).rejects.toMatchObject({
      code: "unavailable",
      reason: "credentials_unavailable",
      message: expect.stringContaining("the keyring is locked"),
    });
    expect(endpoint.forms).toEqual([]);
  });
});

describe("a login that has run out", () => {
  test("is renewed under the lock, and kept before it is used", async () => {
    const { source, store, endpoint, changes } = tokenScene(
      expiredCredential({ resource: "https://notes.test" }),
    );
    expect(await source.token()).toEqual({ accessToken: "access-1", tokenType: "Bearer" });
    expect(Object.fromEntries(endpoint.forms[0] ?? [])).toEqual({
      grant_type: "refresh_token",
      refresh_token: "refresh-0",
      client_id: "client",
      resource: "https://notes.test",
    });
    expect(store.held).toMatchObject({
      accessToken: "access-1",
      refreshToken: "refresh-1",
      scopes: ["read"],
      expiresAtMs: startMs + 3_600_000,
      savedAtMs: startMs,
    });
    expect(store.calls).toEqual(["find", "locked", "read", "read", "write", "released"]);
    expect(changes).toEqual(["renewed"]);
  });

  test("is renewed 30 s before, and no earlier", async () => {
    const made = tokenScene(expiredCredential({ expiresAtMs: startMs + 30_001 }));
    expect((await made.source.token())?.accessToken).toBe("access-0");
    made.nowMs += 1;
    expect((await made.source.token())?.accessToken).toBe("access-1");
  });

  test("is not renewed at each request though its tokens live for 20 s only", async () => {
    const made = tokenScene();
    const short = { access_token: "short", refresh_token: "refresh-0", expires_in: 20 };
    made.endpoint.next.push(json(short));
    for (const afterMs of [0, 5_000, 4_999]) {
      made.nowMs += afterMs;
      expect((await made.source.token())?.accessToken).toBe("short");
    }
    expect(made.endpoint.forms).toHaveLength(1);
    made.nowMs += 1;
    expect((await made.source.token())?.accessToken).toBe("access-1");
  });

  test("is renewed once, however many ask, and whoever of them goes away", async () => {
    const { source, endpoint } = tokenScene();
    const release = endpoint.hold();
    const leaving = new AbortController();
    const left = source.token(leaving.signal);
    const others = [source.token(), source.token(), source.refused("access-0")];
    leaving.abort();
    await expect(left).rejects.toMatchObject({ code: "canceled" });
    release();
    const tokens = await Promise.all(others);
    expect(tokens.map((token) => token?.accessToken)).toEqual(["access-1", "access-1", "access-1"]);
    expect(endpoint.forms).toHaveLength(1);
  });

  test("is adopted where another process has renewed it meanwhile", async () => {
    const { source, store, endpoint, changes } = tokenScene();
    const withLock = store.withLock.bind(store);
    store.withLock = (key, work) =>
      withLock(key, () => {
        store.held = expiredCredential({ ...fresh, accessToken: "theirs", refreshToken: "theirs" });
        return work();
      });
    expect((await source.token())?.accessToken).toBe("theirs");
    expect(endpoint.forms).toEqual([]);
    expect(changes).toEqual(["replaced"]);
  });

  test("keeps its refresh token and scopes where the answer has none", async () => {
    const { source, store, endpoint } = tokenScene();
    endpoint.next.push(json({ access_token: "bare" }));
    expect((await source.token())?.accessToken).toBe("bare");
    expect(store.held).toMatchObject({ refreshToken: "refresh-0", scopes: ["read"], tokenType: "Bearer" });
    expect(store.held?.expiresAtMs).toBeUndefined();
  });

  test("stays gone where somebody logged out while it was renewed", async () => {
    const { source, store, endpoint, changes } = tokenScene();
    const release = endpoint.hold();
    const token = source.token();
    await expect.poll(() => endpoint.forms.length).toBe(1);
    store.held = undefined;
    release();
    expect(await token).toBeUndefined();
    expect(store.held).toBeUndefined();
    expect(changes).toEqual(["removed"]);
  });

  test("gives way to a login that somebody made while it was renewed", async () => {
    const { source, store, endpoint } = tokenScene();
    const release = endpoint.hold();
    const token = source.token();
    await expect.poll(() => endpoint.forms.length).toBe(1);
    store.held = expiredCredential({ ...fresh, accessToken: "new login", refreshToken: "new" });
    release();
    expect((await token)?.accessToken).toBe("new login");
    expect(store.held.refreshToken).toBe("new");
  });

  test("without a refresh token needs a person", async () => {
    const { source, endpoint } = tokenScene(expiredCredential({ refreshToken: undefined }));
    await expect(source.token()).rejects.toMatchObject(reauthentication);
    expect(endpoint.forms).toEqual([]);
  });

  test("of a machine is made anew", async () => {
    let obtained = 0;
    const { source, store } = tokenScene(expiredCredential({ refreshToken: undefined }), {
      obtain: () => {
        obtained += 1;
        return Promise.resolve(
          expiredCredential({ ...fresh, accessToken: `machine-${obtained}`, refreshToken: undefined }),
        );
      },
    });
    const tokens = await Promise.all([source.token(), source.token()]);
    expect(tokens.map((token) => token?.accessToken)).toEqual(["machine-1", "machine-1"]);
    expect(store.held?.accessToken).toBe("machine-1");
  });

  test("of a machine is made where there is none, once", async () => {
    let obtained = 0;
    const store = createMemoryStore();
    const source = createTokenSource({
      store,
      server: { executor: "", serverUrl: "https://notes.test/mcp" },
      serverName: "notes",
      fetch: () => Promise.reject(new Error("no request is expected")),
      now: () => startMs,
      warn: () => undefined,
      obtain: () => {
        obtained += 1;
        return Promise.resolve(expiredCredential(fresh));
      },
    });
    const tokens = await Promise.all([source.token(), source.token()]);
    expect(tokens.map((token) => token?.accessToken)).toEqual(["access-0", "access-0"]);
    expect([obtained, store.held?.accessToken]).toEqual([1, "access-0"]);
  });

  test("of a machine that is refused is the same error until it is tried again", async () => {
    for (const held of [undefined, expiredCredential({ refreshToken: undefined })]) {
      let obtained = 0;
      const source = createTokenSource({
        store: createMemoryStore(held),
        server: { executor: "", serverUrl: "https://notes.test/mcp" },
        serverName: "notes",
        fetch: () => Promise.reject(new Error("no request is expected")),
        now: () => startMs,
        warn: () => undefined,
        obtain: () => {
          obtained += 1;
          return Promise.reject(new FairleadError("unauthenticated", "The secret is wrong"));
        },
      });
      await expect(source.token()).rejects.toThrow("The secret is wrong");
      await expect(source.token()).rejects.toThrow("The secret is wrong");
      expect(obtained).toBe(1);
    }
  });

  test("of a machine whose secret was mended is made at the next attempt, and at once where that was told", async () => {
    let secret = "wrong";
    const made = tokenScene(expiredCredential({ refreshToken: undefined }), {
      obtain: () =>
        secret === "wrong"
          ? Promise.reject(new FairleadError("unauthenticated", "The secret is wrong"))
          : Promise.resolve(expiredCredential({ ...fresh, accessToken: secret, refreshToken: undefined })),
    });
    await expect(made.source.token()).rejects.toThrow("The secret is wrong");
    secret = "right";
    await expect(made.source.token()).rejects.toThrow("The secret is wrong");
    made.nowMs += 1_000;
    expect((await made.source.token())?.accessToken).toBe("right");
    made.store.held = expiredCredential({ refreshToken: undefined });
    made.source.forget();
    secret = "wrong";
    await expect(made.source.token()).rejects.toThrow("The secret is wrong");
    secret = "mended";
    made.source.forget();
    expect((await made.source.token())?.accessToken).toBe("mended");
  });

  test("is not waited for longer than a while, if its token still lives", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const { source, endpoint } = tokenScene(expiredCredential({ expiresAtMs: startMs + 10_000 }));
      const release = endpoint.hold();
      const token = source.token();
      await vi.advanceTimersByTimeAsync(4_999);
      expect(endpoint.forms).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(1);
      expect((await token)?.accessToken).toBe("access-0");
      release();
      await vi.advanceTimersByTimeAsync(0);
      expect((await source.token())?.accessToken).toBe("access-1");
      expect(endpoint.forms).toHaveLength(1);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("a client", () => {
  test("sends its secret in the way that was agreed", async () => {
    const basic = tokenScene(
      expiredCredential({ clientAuthentication: "client_secret_basic", clientId: "a client" }),
      { clientSecret: () => "s+cret" },
    );
    await basic.source.token();
    expect(basic.endpoint.headers[0]?.get("authorization")).toBe(`Basic ${btoa("a+client:s%2Bcret")}`);
    expect(basic.endpoint.forms[0]?.has("client_id")).toBe(false);
    const post = tokenScene(
      expiredCredential({ clientAuthentication: "client_secret_post", clientSecret: "registered" }),
      { clientSecret: "configured" },
    );
    await post.source.token();
    expect(post.endpoint.forms[0]?.get("client_secret")).toBe("registered");
  });

  test("whose configured secret is wrong spoils nothing", async () => {
    const made = tokenScene(expiredCredential({ clientAuthentication: "client_secret_post" }), {
      clientSecret: "wrong",
    });
    made.endpoint.next.push(json({ error: "invalid_client" }, 401));
    await expect(made.source.token()).rejects.toMatchObject(reauthentication);
    expect(made.store.held?.refusedRefreshHash).toBeUndefined();
    made.nowMs += 60_000;
    expect((await made.source.token())?.accessToken).toBe("access-1");
  });

  test.each<readonly [string, Partial<TokenSourceOptions>, Partial<OAuthCredential>]>([
    ["is missing", {}, {}],
    ["is empty", { clientSecret: "" }, {}],
    ["is a key that nobody has", {}, { clientAuthentication: "private_key_jwt" }],
  ])("whose proof %s sends nothing, and spoils nothing for those who have it", async (_, mine, more) => {
    const login = expiredCredential({ clientAuthentication: "client_secret_basic", ...more });
    const { source, endpoint, store } = tokenScene(login, mine);
    await expect(source.token()).rejects.toMatchObject({
      ...reauthentication,
      message: expect.stringContaining("its client has to prove itself, and nothing is configured") as string,
    });
    expect(endpoint.forms).toEqual([]);
    expect(store.held).toEqual(login);
  });

  test("whose configuration tells what its secret misses says so, as often as it is asked", async () => {
    const unset = new FairleadError("usage", "The variable S is not set");
    const made = tokenScene(expiredCredential({ clientAuthentication: "client_secret_basic" }), {
      clientSecret: () => {
        throw unset;
      },
    });
    await expect(made.source.token()).rejects.toBe(unset);
    await expect(made.source.token()).rejects.toBe(unset);
    expect(made.endpoint.forms).toEqual([]);
    const other = tokenScene(undefined, { store: made.store, fetch: made.endpoint.fetch, clientSecret: "s" });
    expect((await other.source.token())?.accessToken).toBe("access-1");
  });

  test("without a proof needs none that is configured", async () => {
    const { source } = tokenScene(expiredCredential(), {
      clientSecret: () => {
        throw new Error("nobody asks for it");
      },
    });
    expect((await source.token())?.accessToken).toBe("access-1");
  });
});
