import { createDeferred } from "@fairlead/core";
import { afterEach, describe, expect, test } from "vitest";
import type { GuardVerdict, HttpAuth, HttpGuard } from "./http-face.js";
import { ask as askAt, listen } from "./test-support/http-agent.js";
import { initializeMessage, modern, type OpenFace, openFace, rpc, until } from "./test-support/open-face.js";

let opened: OpenFace | undefined;

afterEach(async () => {
  await opened?.[Symbol.asyncDispose]();
  opened = undefined;
});

/** Knows everybody whose token begins with "of-". */
const guard: HttpGuard = {
  check: async (token, server) =>
    token?.startsWith("of-") === true
      ? { kind: "known", principal: `oauth:${token.slice(3)}` }
      : {
          kind: "refused",
          status: token === undefined ? 401 : 403,
          headers: { "www-authenticate": `Bearer realm="${server ?? "all"}"` },
          text: "Go away",
        },
  describe: async (path) => (path.endsWith("/mcp") ? { at: path } : undefined),
};

function auth(more: Partial<HttpGuard> = {}): HttpAuth {
  return { kind: "bearer", tokens: [{ token: "own", name: "gateway" }], guard: { ...guard, ...more } };
}

const as = (name: string): { readonly authorization: string } => ({ authorization: `Bearer ${name}` });

async function face(...args: Parameters<typeof openFace>): Promise<OpenFace> {
  opened = await openFace(...args);
  return opened;
}

describe("a guard", () => {
  test("lets in beside the own token, and is not asked about that", async () => {
    const asked: (string | undefined)[] = [];
    const check: HttpGuard["check"] = (token, server) => {
      asked.push(token);
      return guard.check(token, server);
    };
    const { ask, agents } = await face({ auth: auth({ check }) });
    for (const name of ["own", "of-anna"]) {
      expect((await ask({ body: initializeMessage(), headers: as(name) })).status).toBe(200);
    }
    expect(agents.map(({ options }) => options.principal)).toEqual(["gateway", "oauth:anna"]);
    expect(asked).toEqual(["of-anna"]);
  });

  test("refuses with its own words, before anybody learns which servers there are", async () => {
    const { url, events } = await face({ auth: auth() });
    const none = await askAt(`${url}/nobody`, { body: initializeMessage() });
    expect([none.status, none.headers["www-authenticate"]]).toEqual([401, 'Bearer realm="nobody"']);
    expect(JSON.parse(none.body)).toMatchObject({ error: { message: "Go away" } });
    const less = await askAt(url, { body: initializeMessage(), headers: as("less") });
    expect([less.status, less.headers["www-authenticate"]]).toEqual([403, 'Bearer realm="all"']);
    expect(JSON.stringify(events)).not.toContain("less");
  });

  test("is asked at every request", async () => {
    let isGood = true;
    const check: HttpGuard["check"] = (token, server) => guard.check(isGood ? token : "bad", server);
    const { ask } = await face({ auth: auth({ check }) });
    const answer = await ask({ body: initializeMessage(), headers: as("of-anna") });
    const headers = { ...as("of-anna"), "mcp-session-id": String(answer.headers["mcp-session-id"]) };
    expect((await ask({ body: rpc(1, "echo", {}), headers })).status).toBe(200);
    isGood = false;
    expect((await ask({ body: rpc(2, "echo", {}), headers })).status).toBe(403);
  });

  test("that fails lets nobody in", async () => {
    const check = (): Promise<GuardVerdict> => Promise.reject(new Error("broken"));
    const { ask, agents } = await face({ auth: auth({ check }) });
    expect((await ask({ body: initializeMessage(), headers: as("of-anna") })).status).toBe(500);
    expect(agents).toEqual([]);
  });

  test("keeps nothing of an agent that leaves while it is asked", async () => {
    const verdict = createDeferred<GuardVerdict>();
    const begun = createDeferred();
    let isHeld = false;
    const check: HttpGuard["check"] = (token, server) => {
      if (!isHeld) return guard.check(token, server);
      begun.resolve(undefined);
      return verdict.promise;
    };
    const { ask, url, agents } = await face({ auth: auth({ check }) });
    const answer = await ask({ body: initializeMessage(), headers: as("of-anna") });
    const session = { ...as("of-anna"), "mcp-session-id": String(answer.headers["mcp-session-id"]) };
    isHeld = true;
    const leaving = new AbortController();
    const left = fetch(url, {
      headers: { ...session, accept: "text/event-stream" },
      signal: leaving.signal,
    }).catch(() => "left");
    await begun.promise;
    leaving.abort();
    expect(await left).toBe("left");
    isHeld = false;
    verdict.resolve({ kind: "known", principal: "oauth:anna" });
    // A stream that nobody reads would be in the way of this one.
    const stream = await listen(url, { method: "GET", headers: { ...session, accept: "text/event-stream" } });
    expect(stream.status).toBe(200);
    stream.cut();
    expect(agents).toHaveLength(1);
  });
});

describe("a token that runs out", () => {
  const goodUntil =
    (untilMs: number): HttpGuard["check"] =>
    async (token) => ({ kind: "known", principal: String(token), untilMs });
  const lasting = Date.now() + 3_600_000;
  const ended = { type: "stream_ended", why: "expired" };

  test("ends the standing stream of its agent, which may come back with a newer one", async () => {
    let untilMs = lasting;
    const check: HttpGuard["check"] = (token, server) => goodUntil(untilMs)(token, server);
    const { ask, url, events } = await face({ auth: auth({ check }), limits: { keepAliveMs: 20 } });
    const answer = await ask({ body: initializeMessage(), headers: as("anna") });
    const headers = {
      ...as("anna"),
      "mcp-session-id": String(answer.headers["mcp-session-id"]),
      accept: "text/event-stream",
    };
    untilMs = Date.now() - 1;
    const stream = await listen(url, { method: "GET", headers });
    expect(stream.status).toBe(200);
    await stream.over;
    const told = events.filter(({ type }) => type === "stream_ended");
    expect(told).toMatchObject([{ ...ended, session: { era: "legacy", principal: "anna" } }]);
    untilMs = lasting;
    const next = await listen(url, { method: "GET", headers });
    expect(next.status).toBe(200);
    expect((await ask({ body: rpc(1, "echo", {}), headers: { ...headers, accept: "*/*" } })).status).toBe(
      200,
    );
    next.cut();
  });

  test("ends a request of the modern era that listens, and lets go of what it listened to", async () => {
    const check = goodUntil(Date.now() - 1);
    const { url, events, agents } = await face({ auth: auth({ check }), limits: { keepAliveMs: 20 } });
    const call = modern(1, "subscriptions/listen");
    const listening = listen(url, { ...call, headers: { ...call.headers, ...as("anna") } });
    await until(() => agents[0]?.calls.length === 1);
    agents[0]?.calls[0]?.say({ is: "acknowledged" });
    const stream = await listening;
    await stream.over;
    expect(stream.messages()).toHaveLength(1);
    expect(agents[0]?.calls[0]?.line.signal?.aborted).toBe(true);
    expect(events.filter(({ type }) => type === "stream_ended")).toMatchObject([
      { ...ended, session: { era: "modern" } },
    ]);
  });

  test("does not take back a request that was let in", async () => {
    const check = goodUntil(Date.now() - 1);
    const limits = { keepAliveMs: 20, streamAfterMs: 1 };
    const { ask, url, events, agents } = await face({ auth: auth({ check }), limits });
    const answer = await ask({ body: initializeMessage(), headers: as("anna") });
    const headers = { ...as("anna"), "mcp-session-id": String(answer.headers["mcp-session-id"]) };
    const stream = await listen(url, { body: rpc(1, "slow"), headers });
    // Each comment is one look at who is over time.
    await until(() => stream.events.filter(({ id }) => id === undefined).length >= 2);
    agents[0]?.calls.at(-1)?.answer({ is: "done" });
    expect(await stream.until(1)).toMatchObject([{ result: { is: "done" } }]);
    await stream.over;
    expect(events.filter(({ type }) => type === "stream_ended")).toEqual([]);
  });
});

describe("sessions of two people", () => {
  test("are not there for each other", async () => {
    const { ask, url } = await face({ auth: auth() });
    const answer = await ask({ body: initializeMessage(), headers: as("of-anna") });
    const session = { "mcp-session-id": String(answer.headers["mcp-session-id"]) };
    for (const name of ["of-ben", "own"]) {
      const headers = { ...as(name), ...session };
      expect((await ask({ body: rpc(1, "echo", {}), headers })).status).toBe(404);
      expect((await askAt(url, { method: "DELETE", headers })).status).toBe(404);
    }
    const headers = { ...as("of-anna"), ...session };
    expect((await ask({ body: rpc(1, "echo", {}), headers })).status).toBe(200);
    expect((await askAt(url, { method: "DELETE", headers })).status).toBe(204);
  });

  test("in the modern era are two, though their clients say the same", async () => {
    const { ask, agents } = await face({ auth: auth() });
    for (const name of ["of-anna", "of-ben", "of-anna"]) {
      const call = modern(1, "echo");
      expect((await ask({ ...call, headers: { ...call.headers, ...as(name) } })).status).toBe(200);
    }
    expect(agents.map(({ options }) => options.principal)).toEqual(["oauth:anna", "oauth:ben"]);
  });
});

describe("its documents", () => {
  test("are for everybody, pages of allowed origins among them", async () => {
    const { url } = await face({ auth: auth() });
    const { origin } = new URL(url);
    const at = `${origin}/.well-known/oauth-protected-resource/mcp`;
    const answer = await askAt(at, { method: "GET", headers: { origin: "http://localhost:3000" } });
    expect([answer.status, answer.headers["content-type"]]).toEqual([200, "application/json"]);
    expect(JSON.parse(answer.body)).toEqual({ at: "/.well-known/oauth-protected-resource/mcp" });
    expect(answer.headers["access-control-allow-origin"]).toBe("http://localhost:3000");
    expect((await askAt(`${at}x`, { method: "GET" })).status).toBe(404);
    expect((await askAt(at, { body: {} })).status).toBe(405);
    const foreign = await askAt(at, { method: "GET", headers: { host: "evil.test" } });
    expect(foreign.status).toBe(403);
  });

  test("are not there without one", async () => {
    const { url } = await face({ auth: { kind: "bearer", tokens: [{ token: "own", name: "gateway" }] } });
    const { origin } = new URL(url);
    const answer = await askAt(`${origin}/.well-known/oauth-protected-resource`, { method: "GET" });
    expect(answer.status).toBe(404);
  });
});
