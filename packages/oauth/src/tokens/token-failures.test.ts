import { FairleadError } from "@fairlead/core";
import { describe, expect, test } from "vitest";
import { refreshHash } from "./renewed-credential.js";
import { expiredCredential, json, startMs } from "./test-support/token-endpoint.js";
import { fresh, reauthentication, tokenScene } from "./test-support/token-scene.js";

describe("a refresh token that is refused", () => {
  test.each([
    [400, "invalid_grant"],
    [401, "invalid_client"],
    [400, "unauthorized_client"],
    [200, "bad_refresh_token"],
    [400, "interaction_required"],
    [400, "login_required"],
    [400, "consent_required"],
    [400, "invalid_scope"],
    [400, "invalid_target"],
  ])("with %i %s is marked, never sent again and never deleted", async (status, error) => {
    const made = tokenScene();
    const { source, store, endpoint } = made;
    endpoint.next.push(json({ error, error_description: "canary-description" }, status));
    const failure = await source.token().catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject(reauthentication);
    expect(String(failure)).not.toContain("canary");
    expect(store.held).toMatchObject({
      refreshToken: "refresh-0",
      refusedRefreshHash: refreshHash("refresh-0"),
    });
    made.nowMs += 3_600_000;
    await expect(source.token()).rejects.toMatchObject(reauthentication);
    const another = tokenScene(store.held);
    await expect(another.source.token()).rejects.toMatchObject(reauthentication);
    expect(endpoint.forms).toHaveLength(1);
    expect(another.endpoint.forms).toHaveLength(0);
    expect(made.changes).toEqual(["refused"]);
  });

  test("costs nothing while the access token lives", async () => {
    const { source, endpoint } = tokenScene(expiredCredential({ expiresAtMs: startMs + 10_000 }));
    endpoint.next.push(json({ error: "invalid_grant" }, 400));
    expect((await source.token())?.accessToken).toBe("access-0");
    expect((await source.token())?.accessToken).toBe("access-0");
    expect(endpoint.forms).toHaveLength(1);
  });

  test("is no news where the store has another one by now", async () => {
    const { source, store, endpoint } = tokenScene();
    const release = endpoint.hold();
    endpoint.next.push(json({ error: "invalid_grant" }, 400));
    const token = source.token();
    await expect.poll(() => endpoint.forms.length).toBe(1);
    store.held = expiredCredential({ ...fresh, accessToken: "theirs", refreshToken: "theirs" });
    release();
    expect((await token)?.accessToken).toBe("theirs");
    expect(store.held.refusedRefreshHash).toBeUndefined();
  });

  test("is tried with what the store has by now, if that has run out too", async () => {
    const { source, store, endpoint } = tokenScene(expiredCredential({ refreshToken: "older" }));
    const release = endpoint.hold();
    const token = source.token();
    await expect.poll(() => endpoint.forms.length).toBe(1);
    store.held = expiredCredential({ accessToken: "access-between" });
    release();
    expect((await token)?.accessToken).toBe("access-1");
    expect(endpoint.forms.map((form) => form.get("refresh_token"))).toEqual(["older", "refresh-0"]);
  });

  test("marks nothing but itself, however often others log in meanwhile", async () => {
    const { source, store, endpoint } = tokenScene(expiredCredential({ refreshToken: "first" }));
    const release = endpoint.hold();
    endpoint.next.push(json({ error: "invalid_grant" }, 400), json({ error: "invalid_grant" }, 400));
    const token = source.token();
    await expect.poll(() => endpoint.forms.length).toBe(1);
    store.held = expiredCredential({ accessToken: "second", refreshToken: "second" });
    const third = expiredCredential({ accessToken: "third", refreshToken: "third" });
    const read = store.read.bind(store);
    let reads = 0;
    store.read = (key) => {
      reads += 1;
      if (reads === 2) store.held = third;
      return read(key);
    };
    release();
    await expect(token).rejects.toMatchObject({ reason: "refresh_failed" });
    expect(endpoint.forms.map((form) => form.get("refresh_token"))).toEqual(["first", "second"]);
    expect(store.held).toBe(third);
  });

  test("is not sent again even if the mark could not be written", async () => {
    const made = tokenScene();
    made.endpoint.next.push(json({ error: "invalid_grant" }, 400));
    made.store.writeError = new Error("disk full");
    await expect(made.source.token()).rejects.toMatchObject(reauthentication);
    made.nowMs += 60_000;
    await expect(made.source.token()).rejects.toMatchObject(reauthentication);
    expect(made.endpoint.forms).toHaveLength(1);
    expect(made.warnings).toHaveLength(1);
  });
});

describe("a failure that passes", () => {
  const failures: [string, () => Response | Error][] = [
    ["an error of the server", () => new Response("<h1>oops</h1>", { status: 500 })],
    ["invalid_grant with a status of 503", () => json({ error: "invalid_grant" }, 503)],
    ["too many requests", () => json({ error: "slow_down" }, 429)],
    ["a page", () => new Response("<p>Welcome</p>")],
    ["an answer without a token", () => json({ token_type: "Bearer" })],
    ["an error that is about the request", () => json({ error: "invalid_request" }, 400)],
    [
      "a redirect",
      () => new Response(null, { status: 302, headers: { location: "https://elsewhere.test" } }),
    ],
    ["no network", () => new FairleadError("unavailable", "no way", { reason: "connect_failed" })],
    ["a broken connection", () => new TypeError("fetch failed", { cause: new Error("reset") })],
  ];

  test.each(failures)("such as %s is neither a logout nor a login", async (_name, make) => {
    const made = tokenScene();
    const { source, store, endpoint } = made;
    const before = store.held;
    endpoint.next.push(make());
    await expect(source.token()).rejects.toMatchObject({
      code: "unavailable",
      reason: "refresh_failed",
      details: { server: "notes", failure: "unreachable", retryAfterMs: 1_000 },
    });
    expect(store.held).toEqual(before);
    await expect(source.token()).rejects.toMatchObject({ reason: "refresh_failed" });
    expect(endpoint.forms).toHaveLength(1);
    made.nowMs += 1_000;
    expect((await source.token())?.accessToken).toBe("access-1");
  });

  test.each(failures)("such as %s leaves the access token in use while it lives", async (_name, make) => {
    const made = tokenScene(expiredCredential({ expiresAtMs: startMs + 10_000 }));
    made.endpoint.next.push(make());
    expect((await made.source.token())?.accessToken).toBe("access-0");
    made.nowMs += 9_999;
    expect((await made.source.token())?.accessToken).toBe("access-1");
  });

  test("is not tried again before the server wants", async () => {
    const made = tokenScene();
    made.endpoint.next.push(json({}, 429, { "retry-after": "7" }));
    await expect(made.source.token()).rejects.toMatchObject({ details: { retryAfterMs: 7_000 } });
    made.nowMs += 6_999;
    await expect(made.source.token()).rejects.toMatchObject({ details: { retryAfterMs: 1 } });
    made.nowMs += 1;
    expect((await made.source.token())?.accessToken).toBe("access-1");
  });

  test("such as a server that never answers has an end", async () => {
    const { source } = tokenScene(expiredCredential(), {
      refreshLimitMs: 30,
      fetch: (_url, init) =>
        new Promise((_resolve, reject) => {
          const { signal } = init ?? {};
          signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
        }),
    });
    await expect(source.token()).rejects.toMatchObject({
      reason: "refresh_failed",
      message: expect.stringContaining("did not answer within 30 ms"),
    });
  });

  test("such as a lock that cannot be taken sends nothing", async () => {
    const { source, store, endpoint } = tokenScene();
    store.withLock = () => Promise.reject(new FairleadError("unavailable", "the folder is read-only"));
    await expect(source.token()).rejects.toMatchObject({
      reason: "refresh_failed",
      message: expect.stringContaining("the folder is read-only"),
    });
    expect(endpoint.forms).toEqual([]);
  });
});

describe("a store that cannot keep a renewed login", () => {
  test("costs nothing: it works, is kept later, and is told once", async () => {
    const made = tokenScene();
    const { source, store, warnings } = made;
    store.writeError = new Error("no space left");
    expect((await source.token())?.accessToken).toBe("access-1");
    made.nowMs += 10_000;
    expect((await source.token())?.accessToken).toBe("access-1");
    expect(store.held?.accessToken).toBe("access-0");
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("no space left");
    store.writeError = undefined;
    await expect.poll(() => store.held?.accessToken, { timeout: 5_000 }).toBe("access-1");
    await source[Symbol.asyncDispose]();
  });

  test("costs nothing either if it breaks before it is asked to", async () => {
    const { source, store, endpoint, warnings } = tokenScene();
    const release = endpoint.hold();
    const token = source.token();
    await expect.poll(() => endpoint.forms.length).toBe(1);
    const read = store.read.bind(store);
    store.read = () => Promise.reject(new Error("the disk is gone"));
    release();
    expect((await token)?.accessToken).toBe("access-1");
    expect(warnings[0]).toContain("the disk is gone");
    store.read = read;
    await source[Symbol.asyncDispose]();
    expect(store.held?.refreshToken).toBe("refresh-1");
  });

  test("is tried a last time at the end", async () => {
    const { source, store } = tokenScene();
    store.writeError = new Error("no space left");
    await source.token();
    store.writeError = undefined;
    await source[Symbol.asyncDispose]();
    expect(store.held?.refreshToken).toBe("refresh-1");
  });

  test("does not bring back what somebody else changed or removed", async () => {
    for (const held of [undefined, expiredCredential({ ...fresh, accessToken: "theirs" })]) {
      const { source, store } = tokenScene();
      store.writeError = new Error("no space left");
      await source.token();
      store.writeError = undefined;
      store.held = held;
      await source[Symbol.asyncDispose]();
      expect(store.held).toBe(held);
    }
  });

  test("goes on to the next renewal", async () => {
    const made = tokenScene();
    made.store.writeError = new Error("no space left");
    await made.source.token();
    made.nowMs += 3_600_000;
    expect((await made.source.token())?.accessToken).toBe("access-2");
    made.store.writeError = undefined;
    await made.source[Symbol.asyncDispose]();
    expect(made.store.held?.refreshToken).toBe("refresh-2");
  });

  test("spends no refresh token while there is still an access token", async () => {
    const made = tokenScene(expiredCredential({ expiresAtMs: startMs + 20_000 }));
    made.store.writeError = new Error("read-only");
    expect((await made.source.token())?.accessToken).toBe("access-0");
    expect(made.endpoint.forms).toEqual([]);
    expect(made.warnings).toHaveLength(1);
    made.nowMs += 20_000;
    expect((await made.source.token())?.accessToken).toBe("access-1");
    await made.source[Symbol.asyncDispose]();
  });
});

describe("a token that the server refuses", () => {
  test("is renewed, though it had time left", async () => {
    const { source, endpoint } = tokenScene(expiredCredential(fresh));
    expect((await source.refused("access-0"))?.accessToken).toBe("access-1");
    expect((await source.refused("access-0"))?.accessToken).toBe("access-1");
    expect(endpoint.forms).toHaveLength(1);
  });

  test("is replaced by what another process wrote", async () => {
    const { source, store, endpoint } = tokenScene(expiredCredential(fresh));
    await source.token();
    store.held = expiredCredential({ ...fresh, accessToken: "theirs" });
    expect((await source.refused("access-0"))?.accessToken).toBe("theirs");
    expect(endpoint.forms).toEqual([]);
  });

  test("is not renewed again and again", async () => {
    const made = tokenScene(expiredCredential(fresh));
    await made.source.refused("access-0");
    await expect(made.source.refused("access-1")).rejects.toMatchObject(reauthentication);
    await expect(made.source.refused("access-1")).rejects.toMatchObject(reauthentication);
    expect(made.endpoint.forms).toHaveLength(1);
    made.nowMs += 30_000;
    expect((await made.source.refused("access-1"))?.accessToken).toBe("access-2");
  });

  test("is not handed out once more because the renewal failed for now", async () => {
    const { source, endpoint } = tokenScene(expiredCredential(fresh));
    endpoint.next.push(new Response("", { status: 502 }));
    await expect(source.refused("access-0")).rejects.toMatchObject({ reason: "refresh_failed" });
  });
});

describe("a token that allows too little", () => {
  test("asks for what is granted and what is needed, once for each scope", async () => {
    const { source, endpoint } = tokenScene(expiredCredential(fresh));
    expect(await source.stepUp(["write"], "access-0")).toEqual({ kind: "login", scopes: ["read", "write"] });
    expect(await source.stepUp(["write"], "access-0")).toEqual({ kind: "spent", scopes: ["read", "write"] });
    expect(await source.stepUp(["admin"], "access-0")).toEqual({ kind: "login", scopes: ["read", "admin"] });
    expect(await source.stepUp([], "access-0")).toEqual({ kind: "login", scopes: ["read"] });
    expect(await source.stepUp([], "access-0")).toEqual({ kind: "spent", scopes: ["read"] });
    expect(endpoint.forms).toEqual([]);
  });

  test("is replaced where somebody logged in with more", async () => {
    const { source, store } = tokenScene(expiredCredential(fresh));
    await source.token();
    store.held = expiredCredential({ ...fresh, accessToken: "wider", scopes: ["read", "write"] });
    expect(await source.stepUp(["write"], "access-0")).toEqual({ kind: "granted", accessToken: "wider" });
    expect(await source.scopes()).toEqual(["read", "write"]);
  });
});

test("closing waits for a renewal under way, whose answer is kept", async () => {
  const { source, store, endpoint } = tokenScene();
  const release = endpoint.hold();
  const token = source.token();
  await expect.poll(() => endpoint.forms.length).toBe(1);
  let isClosed = false;
  const closing = source[Symbol.asyncDispose]().then(() => {
    isClosed = true;
  });
  expect(isClosed).toBe(false);
  release();
  await closing;
  expect((await token)?.accessToken).toBe("access-1");
  expect(store.held?.refreshToken).toBe("refresh-1");
});
