import type { RequestListener } from "node:http";
import { expect, test } from "vitest";
import { createHttpClient } from "./http-client.js";
import { expectFailure } from "./test-support/expect-failure.js";
import { startHttpServer } from "./test-support/local-server.js";

const client = () => createHttpClient({ environment: { SECRET: "from the environment" } });

/** `/STATUS?to=URL` redirects there; everything else says what came. */
const redirecting: RequestListener = (request, response) => {
  const url = new URL(request.url ?? "", "http://here");
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const status = Number(url.pathname.slice(1));
    const to = url.searchParams.get("to");
    if (status >= 300) {
      response.writeHead(status, to === null ? {} : { location: to });
      response.end("moved");
      return;
    }
    const { method, headers } = request;
    response.end(
      JSON.stringify({ method, headers, body: Buffer.concat(chunks).toString(), path: url.pathname }),
    );
  });
};

interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const redirectTo = (status: number, target: string): string => `/${status}?to=${encodeURIComponent(target)}`;

test.each([
  [301, "POST", "GET", ""],
  [302, "POST", "GET", ""],
  [303, "POST", "GET", ""],
  [303, "PUT", "GET", ""],
  [301, "PUT", "PUT", "body"],
  [302, "DELETE", "DELETE", "body"],
  [307, "POST", "POST", "body"],
  [308, "POST", "POST", "body"],
])("%s makes a %s into a %s", async (status, method, then, body) => {
  await using server = await startHttpServer(redirecting);
  await using http = client();
  const response = await http.fetch(`${server.url}${redirectTo(status, "/end#part")}`, {
    method,
    body: "body",
    headers: { "content-type": "x/y", authorization: "mine" },
  });
  expect(response).toMatchObject({ status: 200, redirected: true, url: `${server.url}/end` });
  const arrived = (await response.json()) as Arrived;
  expect(arrived).toMatchObject({ method: then, body, path: "/end" });
  expect(arrived.headers["content-type"]).toBe(body === "" ? undefined : "x/y");
  expect(arrived.headers["authorization"]).toBe("mine");
});

test("a redirect that is whole at once costs no connection", async () => {
  await using server = await startHttpServer(redirecting);
  await using http = client();
  for (let round = 0; round < 3; round += 1) {
    expect(
      (await http.fetch(`${server.url}${redirectTo(307, "/end")}`, { method: "POST", body: "x" })).ok,
    ).toBe(true);
  }
  expect(server.connections()).toBe(1);
});

test("HEAD stays HEAD", async () => {
  await using server = await startHttpServer(redirecting);
  await using http = client();
  const response = await http.fetch(`${server.url}${redirectTo(303, "/end")}`, { method: "HEAD" });
  expect(response).toMatchObject({ status: 200, redirected: true, body: null });
});

test("another origin sees nothing that could be a credential, and gets none back later", async () => {
  await using other = await startHttpServer(redirecting);
  await using server = await startHttpServer(redirecting);
  await using http = client();
  const back = `${other.url}${redirectTo(307, `${server.url}/end`)}`;
  for (const target of [`${other.url}/end`, back]) {
    const response = await http.fetch(`${server.url}${redirectTo(307, target)}`, {
      method: "POST",
      body: "{}",
      headers: {
        accept: "text/event-stream",
        "content-type": "application/json",
        "mcp-protocol-version": "2025-11-25",
        "user-agent": "me",
        authorization: "secret",
        cookie: "secret",
        "proxy-authorization": "secret",
        "mcp-session-id": "secret",
        "x-api-key": "secret",
        "last-event-id": "secret",
      },
      policy: { headersFromEnv: [{ header: "x-from-env", name: "SECRET" }] },
    });
    const { headers, body } = (await response.json()) as Arrived;
    const { host: _host, ...sent } = headers;
    expect(body).toBe("{}");
    expect(sent).toEqual({
      connection: "keep-alive",
      accept: "text/event-stream",
      "content-type": "application/json",
      "content-length": "2",
      "mcp-protocol-version": "2025-11-25",
      "user-agent": "me",
    });
  }
});

test("a redirect can be asked for as it is", async () => {
  await using server = await startHttpServer(redirecting);
  await using http = client();
  const url = `${server.url}${redirectTo(302, "/end")}`;
  const response = await http.fetch(url, { redirect: "manual" });
  expect(response).toMatchObject({ status: 302, redirected: false, url });
  expect(response.headers.get("location")).toBe("/end");
  expect(await response.text()).toBe("moved");
});

test("a status without a target is an answer", async () => {
  await using server = await startHttpServer(redirecting);
  await using http = client();
  for (const path of ["/302", "/300?to=%2Fend", "/304?to=%2Fend"]) {
    expect((await http.fetch(server.url + path)).redirected, path).toBe(false);
  }
});

const failed = { code: "protocol", reason: "redirect_failed", effect: "unknown" } as const;

test("a redirect that is not wanted fails", async () => {
  await using server = await startHttpServer(redirecting);
  await using http = client();
  const failing = http.fetch(`${server.url}${redirectTo(302, "/end")}`, { redirect: "error" });
  await expectFailure(failing, { ...failed, details: { status: 302 } });
  expect((await http.fetch(`${server.url}/end`, { redirect: "error" })).status).toBe(200);
});

test("ten redirects are followed, eleven are not", async () => {
  let left = 0;
  await using server = await startHttpServer((_request, response) => {
    left -= 1;
    response.writeHead(left < 0 ? 200 : 302, { location: "/again" });
    response.end();
  });
  await using http = client();
  left = 10;
  expect((await http.fetch(server.url)).status).toBe(200);
  left = 11;
  await expectFailure(http.fetch(server.url), failed);
});

test.each([
  "file:///etc/passwd",
  "data:text/plain,x",
  "http://",
  "http://me:hunter2@127.0.0.1/",
  "javascript:0",
])("a redirect to %s is not followed", async (target) => {
  await using server = await startHttpServer(redirecting);
  await using http = client();
  const error = await expectFailure(http.fetch(`${server.url}${redirectTo(302, target)}`), failed);
  expect(error.message).not.toContain("hunter2");
});

test("a stream cannot be sent again", async () => {
  await using server = await startHttpServer(redirecting);
  await using http = client();
  const stream = () => new Response("body").body;
  const init = () => ({ method: "POST", body: stream(), duplex: "half" }) as const;
  await expectFailure(http.fetch(`${server.url}${redirectTo(307, "/end")}`, init()), failed);
  const response = await http.fetch(`${server.url}${redirectTo(303, "/end")}`, init());
  expect(((await response.json()) as Arrived).method).toBe("GET");
});

test.each([
  "http://169.254.169.254/",
  "http://0xa9fea9fe/",
  "http://[::ffff:169.254.169.254]/",
  "http://[fe80::1]/",
])("a redirect to %s is refused", async (target) => {
  await using server = await startHttpServer(redirecting);
  await using http = client();
  const failing = http.fetch(`${server.url}${redirectTo(302, target)}`);
  // The first server was asked: what it did is not known.
  await expectFailure(failing, { code: "forbidden", reason: "policy_denied", effect: "unknown" });
});

test("a redirect to where nothing listens does not claim that nothing happened", async () => {
  const gone = await startHttpServer(redirecting);
  await gone[Symbol.asyncDispose]();
  await using server = await startHttpServer(redirecting);
  await using http = client();
  const failing = http.fetch(`${server.url}${redirectTo(302, gone.url)}`);
  await expectFailure(failing, { code: "unavailable", reason: "connect_failed", effect: "unknown" });
});

test("the limits hold for the whole chain", async () => {
  await using server = await startHttpServer((_request, response) => {
    setTimeout(() => response.writeHead(302, { location: "/again" }).end(), 20);
  });
  await using http = client();
  const failing = http.fetch(server.url, { policy: { deadlineMs: 70 } });
  await expectFailure(failing, { code: "deadline_exceeded", details: { limit: "deadlineMs", limitMs: 70 } });
  await server.allClosed();
});

test("a redirect to where the proxy's URL is wrong does not claim that nothing happened", async () => {
  await using server = await startHttpServer(redirecting);
  await using http = createHttpClient({ environment: { HTTP_PROXY: "socks5://proxy.example" } });
  const failing = http.fetch(server.url + redirectTo(307, "http://elsewhere.example/"), { method: "DELETE" });
  await expectFailure(failing, { code: "unavailable", reason: "proxy_failed", effect: "unknown" });
});
