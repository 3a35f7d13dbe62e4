import { createDeferred } from "@fairlead/core";
import { beforeAll, describe, expect, test } from "vitest";
import { createHttpClient, type HttpClientOptions } from "./http-client.js";
import { type Certificate, canMakeCertificates, makeCertificate } from "./test-support/certificate.js";
import { expectFailure } from "./test-support/expect-failure.js";
import { startProxy } from "./test-support/local-proxy.js";
import {
  startFixedAnswer,
  startHttpServer,
  startHttpsServer,
  startRawServer,
} from "./test-support/local-server.js";

/** A name that only the proxy can lead to the server. */
const inside = "server.inside.example";
const unknown = () => Promise.reject(Object.assign(new Error("x"), { code: "ENOTFOUND" }));

const through = (port: number, options: HttpClientOptions = {}) =>
  createHttpClient({
    lookUp: (host) => (host === inside ? unknown() : Promise.resolve(["127.0.0.1"])),
    ...options,
    environment: {
      HTTP_PROXY: `http://me:p%40ss@proxy.example:${port}`,
      HTTPS_PROXY: `http://me:p%40ss@proxy.example:${port}`,
      ...options.environment,
    },
  });

const login = `Basic ${Buffer.from("me:p@ss").toString("base64")}`;

test("plain http is asked for by its whole URL, with the proxy's login, which goes no further", async () => {
  await using proxy = await startProxy();
  await using server = await startHttpServer((request, response) => {
    response.end(JSON.stringify({ url: request.url, host: request.headers.host }));
  });
  await using http = through(proxy.port);
  const url = `http://${inside}:${server.port}/path`;
  for (let round = 0; round < 2; round += 1) {
    const response = await http.fetch(url, { method: "POST", body: "x" });
    expect(await response.json()).toEqual({ url: "/path", host: `${inside}:${server.port}` });
    expect(response.url).toBe(url);
  }
  expect(proxy.asked).toEqual([`POST ${url}`, `POST ${url}`]);
  expect(proxy.logins).toEqual([login, login]);
});

test("a request can do without the proxy", async () => {
  await using proxy = await startProxy();
  await using http = through(proxy.port);
  const failing = http.fetch(`http://${inside}/`, { policy: { proxy: "none" } });
  await expectFailure(failing, { reason: "dns_failed", effect: "none" });
  expect(proxy.asked).toEqual([]);
});

test("the environment is asked at each request", async () => {
  await using proxy = await startProxy(503);
  const environment: Record<string, string> = {};
  await using http = createHttpClient({ environment, lookUp: unknown });
  await expectFailure(http.fetch(`http://${inside}/`), { reason: "dns_failed" });
  environment["http_proxy"] = `http://127.0.0.1:${proxy.port}`;
  expect((await http.fetch(`http://${inside}/`)).status).toBe(503);
});

test("loopback and what NO_PROXY names never go through the proxy", async () => {
  await using proxy = await startProxy();
  await using server = await startHttpServer((_request, response) => response.end("direct"));
  await using http = through(proxy.port, { environment: { NO_PROXY: "direct.example" } });
  for (const host of ["127.0.0.1", "localhost", "direct.example"]) {
    expect(await (await http.fetch(`http://${host}:${server.port}/`)).text(), host).toBe("direct");
  }
  expect(proxy.asked).toEqual([]);
});

const failed = { code: "unavailable", reason: "proxy_failed", effect: "none" } as const;

test.each([
  // Plain http may have been passed on, and refused by what is behind the proxy.
  ["http", "unknown"],
  ["https", "none"],
] as const)("a proxy that demands a login fails the request (%s, effect %s)", async (scheme, effect) => {
  await using proxy = await startProxy(407);
  await using http = through(proxy.port);
  const error = await expectFailure(http.fetch(`${scheme}://${inside}/`), {
    ...failed,
    effect,
    details: { status: 407, proxy: `proxy.example:${proxy.port}` },
  });
  expect(error.message).toContain("demands a login");
  expect(error.message).not.toContain("p@ss");
  await proxy.allClosed();
});

test("a proxy that refuses a tunnel fails the request", async () => {
  await using proxy = await startProxy(403);
  await using http = through(proxy.port);
  await expectFailure(http.fetch(`https://${inside}/`), { ...failed, details: { status: 403 } });
  expect(proxy.asked).toEqual([`CONNECT ${inside}:443`]);
  await proxy.allClosed();
});

test.each([
  ["answers something else", "220 mail.example ESMTP\r\n", "keep"],
  ["ends instead of answering", "", "end"],
  ["resets instead of answering", "", "reset"],
] as const)("a proxy that %s fails the request", async (_what, answer, ending) => {
  await using proxy = await startFixedAnswer(answer, ending);
  await using http = through(proxy.port);
  await expectFailure(http.fetch(`https://${inside}/`), failed);
  await proxy.allClosed();
});

test("a proxy that is not there, not known or not a URL fails the request", async () => {
  const gone = await startProxy();
  await gone[Symbol.asyncDispose]();
  await using refused = through(gone.port);
  await using unknownProxy = through(1, { lookUp: unknown });
  await using wrong = through(1, { environment: { HTTPS_PROXY: "socks5://me:hunter2@proxy.example" } });
  await expectFailure(refused.fetch(`http://${inside}/`), failed);
  await expectFailure(unknownProxy.fetch(`http://${inside}/`), failed);
  const error = await expectFailure(wrong.fetch(`https://${inside}/`), failed);
  expect(error.message).not.toContain("hunter2");
});

test("a proxy that never answers ends with the time for connecting, and its socket is closed", async () => {
  await using proxy = await startRawServer((socket) => socket.resume());
  await using http = through(proxy.port, { connectTimeoutMs: 50 });
  const details = { limit: "connectTimeoutMs" };
  await expectFailure(http.fetch(`https://${inside}/`), { ...failed, details });
  await proxy.allClosed();
});

test("aborting while a tunnel is asked for closes the socket", async () => {
  const asked = createDeferred<void>();
  await using proxy = await startRawServer((socket) => {
    socket.once("data", () => asked.resolve());
  });
  await using http = through(proxy.port);
  const abort = new AbortController();
  const failing = expectFailure(http.fetch(`https://${inside}/`, { signal: abort.signal }), {
    code: "canceled",
  });
  await asked.promise;
  abort.abort();
  await Promise.all([failing, proxy.allClosed()]);
});

test("the policy holds through a proxy, as far as it can be seen from here", async () => {
  await using proxy = await startProxy(200);
  await using http = through(proxy.port, {
    lookUp: (host) => Promise.resolve([host === "rebound.example" ? "169.254.169.254" : "127.0.0.1"]),
    destinations: { deny: ["secret.example"] },
  });
  const denied = { code: "forbidden", reason: "policy_denied", effect: "none" } as const;
  for (const host of [
    "169.254.169.254",
    "[fe80::1]",
    "metadata.google.internal",
    "secret.example",
    "rebound.example",
  ]) {
    for (const scheme of ["http", "https"]) await expectFailure(http.fetch(`${scheme}://${host}/`), denied);
  }
  expect(proxy.asked).toEqual([]);
});

test.each([
  ["fails", unknown],
  ["never ends", () => new Promise<never>(() => {})],
])("an allow list holds through a proxy when our own look-up %s", async (_what, lookUp) => {
  await using proxy = await startProxy(204);
  await using http = through(proxy.port, {
    lookUp: (host) => (host.endsWith(".inside.example") ? lookUp() : Promise.resolve(["127.0.0.1"])),
    destinations: { allow: [inside, "public"] },
  });
  const denied = { code: "forbidden", reason: "policy_denied", effect: "none" } as const;
  await expectFailure(http.fetch("http://other.inside.example/"), denied);
  expect((await http.fetch(`http://${inside}/`)).status).toBe(204);
  expect(proxy.asked).toEqual([`GET http://${inside}/`]);
});

test("a proxy that speaks TLS is let go of when the authorities to trust cannot be read", async () => {
  await using proxy = await startRawServer((socket) => socket.resume());
  const environment = { HTTP_PROXY: `https://proxy.example:${proxy.port}` };
  await using http = through(1, { caFile: "/nowhere/authorities.pem", environment });
  await expectFailure(http.fetch(`http://${inside}/`), { reason: "tls_failed", effect: "none" });
  await proxy.allClosed();
});

test("a look-up without an answer does not hold up what the proxy looks up", async () => {
  await using proxy = await startProxy(204);
  await using http = through(proxy.port, {
    lookUp: (host) => (host === inside ? new Promise(() => {}) : Promise.resolve(["127.0.0.1"])),
  });
  expect((await http.fetch(`http://${inside}/`)).status).toBe(204);
});

describe.skipIf(!canMakeCertificates)("https", () => {
  let pair: Certificate;
  beforeAll(async () => {
    pair = await makeCertificate({ names: `DNS:${inside},DNS:proxy.example` });
  });

  test("goes through a tunnel, in which the server's certificate counts", async () => {
    await using proxy = await startProxy();
    await using server = await startHttpsServer(pair, (request, response) => {
      response.end(JSON.stringify(request.headers));
    });
    await using http = through(proxy.port, { ca: pair.cert });
    const url = `https://${inside}:${server.port}/path`;
    for (let round = 0; round < 2; round += 1) {
      expect(await (await http.fetch(url)).json()).not.toHaveProperty("proxy-authorization");
    }
    expect(proxy.asked).toEqual([`CONNECT ${inside}:${server.port}`]);
    expect(proxy.logins).toEqual([login]);
    await using stranger = through(proxy.port);
    await expectFailure(stranger.fetch(url), { reason: "tls_failed", effect: "none" });
    await http.close();
    await Promise.all([server.allClosed(), proxy.allClosed()]);
  });

  test("cancelling a body closes the tunnel", async () => {
    await using proxy = await startProxy();
    await using server = await startHttpsServer(pair, (_request, response) => {
      response.write("first");
    });
    await using http = through(proxy.port, { ca: pair.cert });
    const reader = (await http.fetch(`https://${inside}:${server.port}/`)).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await proxy.allClosed();
    await server.allClosed();
    expect(server.sockets.size).toBe(0);
  });

  test("the proxy itself may be one that speaks TLS", async () => {
    await using server = await startHttpServer((_request, response) => response.end("plain"));
    await using proxy = await startHttpsServer(pair, (request, response) => {
      response.end(`${request.method} ${request.url}`);
    });
    const environment = { HTTP_PROXY: `https://proxy.example:${proxy.port}` };
    await using http = through(1, { ca: pair.cert, environment });
    const url = `http://${inside}:${server.port}/`;
    expect(await (await http.fetch(url)).text()).toBe(`GET ${url}`);
    await using stranger = through(1, { environment });
    const error = await expectFailure(stranger.fetch(url), failed);
    expect(error.message).toContain("self-signed");
    await http.close();
    await proxy.allClosed();
  });
});
