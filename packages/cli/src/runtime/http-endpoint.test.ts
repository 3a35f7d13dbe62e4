import type { Fetch } from "@fairlead/core";
import { expect, test } from "vitest";
import type { HeadersHelper } from "./headers-helper.js";
import { toHttpEndpoint } from "./http-endpoint.js";
import { httpServer } from "./server-fixture.js";

const server = httpServer({ envHeaders: { "X-Key": { name: "KEY", source: "host" } } });

const answering =
  (status: number): Fetch =>
  async () =>
    new Response(null, { status });

test("the environment is read at each request", async () => {
  const env: Record<string, string> = { KEY: "one" };
  const endpoint = toHttpEndpoint(server, { fetch: answering(200), env, helper: undefined, warn: () => {} });
  expect(await endpoint.headers?.()).toMatchObject({ values: { "X-Key": "one" } });
  env["KEY"] = "two";
  expect(await endpoint.headers?.()).toMatchObject({ values: { "X-Key": "two" } });
  expect(endpoint).toMatchObject({ url: server.url, proxy: "none" });
});

test("two servers of one origin have headers of their own", async () => {
  const options = {
    fetch: answering(200),
    env: { KEY: "one", OTHER: "two" },
    helper: undefined,
    warn: () => {},
  };
  const one = toHttpEndpoint(server, options);
  const envHeaders = { "X-Key": { name: "OTHER", source: "host" } } as const;
  const other = toHttpEndpoint({ ...server, envHeaders }, options);
  expect(await one.headers?.()).toMatchObject({ values: { "X-Key": "one" } });
  expect(await other.headers?.()).toMatchObject({ values: { "X-Key": "two" } });
});

test("what looks odd is told once", async () => {
  const told: string[] = [];
  const options = { fetch: answering(200), env: { KEY: "a\nb" }, helper: undefined };
  const endpoint = toHttpEndpoint(server, { ...options, warn: (text) => told.push(text) });
  await endpoint.headers?.();
  await endpoint.headers?.();
  expect(told).toHaveLength(1);
});

/** A helper that says the next value each time it is made to run, and a server that takes only one value. */
function refusing(accepted: string, said: readonly string[]) {
  const seen: (string | null)[] = [];
  let runs = 0;
  const answers = said.map((value) => ({ "X-Key": value }));
  const helper: HeadersHelper = {
    read: async () => answers[Math.min(runs, answers.length - 1)] ?? {},
    forget: (refused) => {
      if (refused === answers[runs]) runs += 1;
    },
  };
  const fetch: Fetch = async (_, init) => {
    const value = new Headers(init?.headers).get("X-Key");
    seen.push(value);
    return new Response("", { status: value === accepted ? 200 : 401 });
  };
  const endpoint = toHttpEndpoint(server, { fetch, env: {}, helper, warn: () => {} });
  const send = async (): Promise<number> => {
    const { values = {} } = (await endpoint.headers?.()) ?? {};
    return (await endpoint.fetch(server.url, { method: "POST", headers: values, body: "{}" })).status;
  };
  return { seen, send };
}

test("a request that is refused goes out once more with what the helper says then", async () => {
  const { seen, send } = refusing("new", ["old", "new"]);
  expect(await send()).toBe(200);
  expect(await send()).toBe(200);
  expect(seen).toEqual(["old", "new", "new"]);
});

test("several that are refused at once make it run once", async () => {
  const { seen, send } = refusing("new", ["old", "new", "newer"]);
  expect(await Promise.all([send(), send(), send()])).toEqual([200, 200, 200]);
  expect(seen.filter((value) => value === "new")).toHaveLength(3);
  expect(seen).not.toContain("newer");
});

test("what is refused again, or would be sent as before, is not repeated for ever", async () => {
  const changing = refusing("never", ["one", "two", "three"]);
  expect(await changing.send()).toBe(401);
  expect(changing.seen).toEqual(["one", "two"]);
  const stubborn = refusing("never", ["same"]);
  expect(await stubborn.send()).toBe(401);
  expect(stubborn.seen).toEqual(["same"]);
});

test("a helper that fails then leaves the refusal as it is", async () => {
  let isBroken = false;
  const helper: HeadersHelper = {
    read: () => (isBroken ? Promise.reject(new Error("broken")) : Promise.resolve({ "X-Key": "a" })),
    forget: () => void (isBroken = true),
  };
  const endpoint = toHttpEndpoint(server, { fetch: answering(401), env: {}, helper, warn: () => {} });
  await endpoint.headers?.();
  expect((await endpoint.fetch(server.url, { headers: { "X-Key": "a" } })).status).toBe(401);
});

test("a call that carries a credential of its own never goes out with that of the helper", async () => {
  const seen: (string | null)[] = [];
  const said = [{ Authorization: "Bearer one" }, { Authorization: "Bearer two" }];
  let runs = 0;
  const helper: HeadersHelper = {
    read: async () => said[runs] ?? {},
    forget: () => void (runs = 1),
  };
  const fetch: Fetch = async (_, init) => {
    seen.push(new Headers(init?.headers).get("authorization"));
    return new Response("", { status: 401 });
  };
  const endpoint = toHttpEndpoint(server, { fetch, env: {}, helper, warn: () => {} });
  const { values = {} } = (await endpoint.headers?.()) ?? {};
  const own = { ...values, Authorization: "Bearer agent" };
  expect((await endpoint.fetch(server.url, { headers: own })).status).toBe(401);
  expect(seen).toEqual(["Bearer agent"]);
  expect((await endpoint.fetch(server.url, { headers: values })).status).toBe(401);
  expect(seen).toEqual(["Bearer agent", "Bearer one", "Bearer two"]);
});
