import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { callbackAddress } from "./callback-address.js";
import { type CallbackArrival, openCallbackListener } from "./callback-listener.js";
import { startLoopbackServer } from "./test-support/loopback-server.js";

const done = { status: 200, title: "Done", text: "All <b>well</b>" };

function open(wishes = {}) {
  return openCallbackListener(callbackAddress(wishes));
}

/** A request with a head that fetch would not send. */
async function rawStatus(
  port: number,
  options: { path?: string; method?: string; host?: string },
): Promise<number | undefined> {
  const { path = "/callback", method = "GET", host } = options;
  const headers = { host: host ?? `127.0.0.1:${port}` };
  const call = request({ port, host: "127.0.0.1", path, method, headers }).end();
  const [response] = await once(call, "response");
  response.resume();
  return response.statusCode;
}

test("the answer with the right state arrives, and its page waits for what becomes of it", async () => {
  await using listener = await open();
  expect(listener.redirectUri).toBe(`http://127.0.0.1:${listener.port}/callback`);
  const arriving = listener.expect("s1");
  const page = fetch(`${listener.redirectUri}?state=s1&code=c1&iss=x`);
  const arrival = await arriving;
  expect(Object.fromEntries(arrival.parameters)).toEqual({ state: "s1", code: "c1", iss: "x" });
  arrival.show(done);
  arrival.show({ ...done, title: "Twice" });
  const response = await page;
  const text = await response.text();
  expect(response.status).toBe(200);
  expect(text).toContain("All &lt;b&gt;well&lt;/b&gt;");
  expect(text).not.toContain("Twice");
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "content-security-policy": expect.stringContaining("default-src 'none'"),
  });
});

test.each([
  ["another path", { path: "/favicon.ico?state=s1&code=c" }, 400],
  ["no parameters", { path: "/callback" }, 400],
  ["another state", { path: "/callback?state=s2&code=c" }, 400],
  ["no state", { path: "/callback?code=c" }, 400],
  ["neither code nor error", { path: "/callback?state=s1" }, 400],
  ["an empty code", { path: "/callback?state=s1&code=" }, 400],
  ["a parameter twice", { path: "/callback?state=s1&code=c&code=d" }, 400],
  ["a whole URL as its target", { path: "http://evil.example/callback?state=s1&code=c" }, 400],
  ["another method", { path: "/callback?state=s1&code=c", method: "POST" }, 405],
  ["HEAD, as links are checked", { path: "/callback?state=s1&code=c", method: "HEAD" }, 405],
  ["a host that is somebody else's name", { path: "/callback?state=s1&code=c", host: "evil.example" }, 400],
])("a request with %s is turned away, and the wait goes on", async (_, options, status) => {
  await using listener = await open();
  const arriving = listener.expect("s1");
  expect(await rawStatus(listener.port, options)).toBe(status);
  const page = fetch(`${listener.redirectUri}?state=s1&code=right`);
  const arrival = await arriving;
  expect(arrival.parameters.get("code")).toBe("right");
  arrival.show(done);
  expect((await page).status).toBe(200);
});

test("of two answers at once one counts", async () => {
  await using listener = await open();
  const arriving = listener.expect("s1");
  const pages = ["a", "b", "c"].map((code) => fetch(`${listener.redirectUri}?state=s1&code=${code}`));
  const arrival: CallbackArrival = await arriving;
  arrival.show(done);
  const statuses = await Promise.all(pages.map(async (page) => (await page).status));
  expect(statuses.toSorted((left, right) => left - right)).toEqual([200, 400, 400]);
});

test("a browser can be sent on instead", async () => {
  await using elsewhere = await startLoopbackServer(() => ({ "/again": { body: "hello" } }));
  await using listener = await open();
  const arriving = listener.expect("s1");
  const page = fetch(`${listener.redirectUri}?state=s1&error=invalid_scope`);
  expect((await arriving).sendTo(`${elsewhere.origin}/again`)).toBe(true);
  expect(await (await page).text()).toBe("hello");
});

test("closing tells a browser that waits, leaves nobody hanging, and frees the port", async () => {
  const listener = await open();
  const arriving = listener.expect("s1");
  const page = fetch(`${listener.redirectUri}?state=s1&code=c`);
  const arrival = await arriving;
  const silent = connect(listener.port, "127.0.0.1");
  await once(silent, "connect");
  const gone = once(silent, "close");
  const closed = listener.close();
  // Comes while it closes: refused at the door or told that it is over, but never left waiting.
  const late = fetch(`${listener.redirectUri}?state=s1&code=c`).then(
    ({ status }) => status,
    () => "refused",
  );
  arrival.show(done);
  expect((await page).status).toBe(503);
  expect([503, "refused"]).toContain(await late);
  await Promise.all([closed, listener.close(), gone]);
  await using again = await open({ port: listener.port });
  expect(again.port).toBe(listener.port);
});

test("a browser that went away before its page takes nothing along", async () => {
  await using listener = await open();
  const arriving = listener.expect("s1");
  const leaving = new AbortController();
  const page = fetch(`${listener.redirectUri}?state=s1&code=c`, { signal: leaving.signal });
  const arrival = await arriving;
  leaving.abort();
  await expect(page).rejects.toThrow("aborted");
  arrival.show(done);
  expect(arrival.parameters.get("code")).toBe("c");
});

test("a port that is taken is an error that names its setting", async () => {
  await using first = await open();
  await expect(open({ port: first.port })).rejects.toMatchObject({
    code: "unavailable",
    reason: "address_in_use",
    message: expect.stringContaining("oauth_callback_port"),
  });
  await expect(open({ url: `http://localhost:${first.port}/x` })).rejects.toThrow(/oauth_callback_url/);
});

test("a configured URL decides path and host, the port only where to listen", async () => {
  await using free = await open();
  const { port } = free;
  await free.close();
  await using listener = await open({ url: "https://dev.example/way/back", port });
  expect(listener).toMatchObject({ redirectUri: "https://dev.example/way/back", port });
  const arriving = listener.expect("s1");
  expect(await rawStatus(port, { path: "/callback?state=s1&code=c" })).toBe(400);
  expect(await rawStatus(port, { path: "/way/back?state=s1&code=c", host: "evil.example" })).toBe(400);
  const status = rawStatus(port, { path: "/way/back?state=s1&code=c", host: "dev.example" });
  (await arriving).show(done);
  expect(await status).toBe(200);
});
