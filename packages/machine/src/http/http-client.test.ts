import { createDeferred, FairleadError } from "@fairlead/core";
import { expect, test } from "vitest";
import { createHttpClient, type HttpClientOptions } from "./http-client.js";
import { expectFailure } from "./test-support/expect-failure.js";
import { startHttpServer } from "./test-support/local-server.js";

const client = (options: HttpClientOptions = {}) => createHttpClient({ environment: {}, ...options });

/** A server that answers with what it was sent. */
const startMirror = () =>
  startHttpServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url, headers } = request;
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }));
    });
  });

interface Mirrored {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}
const mirrored = async (response: Response): Promise<Mirrored> => (await response.json()) as Mirrored;

async function* chunksOf(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

test("a response says what a fetch's does", async () => {
  await using server = await startHttpServer((_request, response) => {
    response.writeHead(418, "Short And Stout", [
      ["x-tea", "black"],
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["x-latin", "caf\u00e9"],
    ] as never);
    response.end("tea");
  });
  await using http = client();
  const response = await http.fetch(`${server.url}/pot?strong#handle`);
  expect(response).toBeInstanceOf(Response);
  expect(response).toMatchObject({
    status: 418,
    statusText: "Short And Stout",
    ok: false,
    redirected: false,
    url: `${server.url}/pot?strong`,
  });
  expect(response.headers.get("x-tea")).toBe("black");
  expect(response.headers.get("x-latin")).toBe("caf\u00e9");
  expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  const clone = response.clone();
  expect(clone.url).toBe(response.url);
  expect([await response.text(), await clone.text()]).toEqual(["tea", "tea"]);
});

test("bodies of every kind arrive as they are", async () => {
  await using server = await startMirror();
  await using http = client();
  const form = new FormData();
  form.set("field", "value");
  const none = "undefined";
  const bodies: [body: NonNullable<RequestInit["body"]>, arrived: string | RegExp, type: string | RegExp][] =
    [
      ["text \u20ac", "text \u20ac", "text/plain;charset=UTF-8"],
      ["", "", "text/plain;charset=UTF-8"],
      [Buffer.from("bytes"), "bytes", none],
      [new Uint8Array(Buffer.from("-part-")).subarray(1, 5), "part", none],
      [new TextEncoder().encode("buffer").buffer, "buffer", none],
      [new URLSearchParams({ a: "1 2" }), "a=1+2", "application/x-www-form-urlencoded;charset=UTF-8"],
      [new Blob(["blob"], { type: "x/y" }), "blob", "x/y"],
      [form, /name="field"\r\n\r\nvalue/, /^multipart\/form-data; boundary=/],
      [new Response("stream").body ?? "", "stream", none],
      [chunksOf("one", "", "two"), "onetwo", none],
    ];
  for (const [body, arrived, type] of bodies) {
    const answer = await mirrored(await http.fetch(server.url, { method: "POST", body, duplex: "half" }));
    expect(answer.body).toMatch(arrived);
    expect(String(answer.headers["content-type"])).toMatch(type);
  }
});

test("headers arrive, those of the connection are ours", async () => {
  await using server = await startMirror();
  await using http = client();
  const plain = await mirrored(await http.fetch(server.url));
  expect(plain.headers).toEqual({
    host: `127.0.0.1:${server.port}`,
    connection: "keep-alive",
    accept: "*/*",
    "user-agent": "fairlead",
  });
  const headers = new Headers({
    Accept: "text/plain",
    "User-Agent": "me",
    Host: "elsewhere",
    Connection: "close",
    "Content-Length": "99",
    "X-Two": "1",
  });
  headers.append("X-Two", "2");
  const put = await mirrored(await http.fetch(new URL(server.url), { method: "put", headers, body: "x" }));
  expect(put).toMatchObject({ method: "PUT", body: "x" });
  expect(put.headers).toMatchObject({
    accept: "text/plain",
    "user-agent": "me",
    host: `127.0.0.1:${server.port}`,
    "content-length": "1",
    "x-two": "1, 2",
  });
});

test("a header from the environment is read at each request", async () => {
  await using server = await startMirror();
  const environment: Record<string, string> = { TOKEN: "first" };
  await using http = client({ environment });
  const policy = { headersFromEnv: [{ header: "Authorization", name: "TOKEN", prefix: "Bearer " }] };
  const sent = async (): Promise<string | undefined> =>
    (await mirrored(await http.fetch(server.url, { policy }))).headers["authorization"];
  expect(await sent()).toBe("Bearer first");
  environment["TOKEN"] = "bearer second";
  expect(await sent()).toBe("Bearer second");
  delete environment["TOKEN"];
  expect(await sent()).toBeUndefined();
});

test("the answer begins while the request is still being sent", async () => {
  await using server = await startHttpServer((request, response) => {
    response.flushHeaders();
    request.pipe(response);
  });
  await using http = client();
  const second = createDeferred<Uint8Array>();
  async function* source(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("ping");
    yield await second.promise;
  }
  const response = await http.fetch(server.url, { method: "POST", body: source(), duplex: "half" });
  const reader = response.body?.getReader();
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("ping");
  second.resolve(Buffer.from("pong"));
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("pong");
  expect((await reader?.read())?.done).toBe(true);
});

test("statuses without a body have none, and the connection is kept", async () => {
  await using server = await startHttpServer((request, response) => {
    response.writeHead(Number(request.url?.slice(1)), {
      "content-length": request.method === "HEAD" ? 99 : 0,
    });
    response.end();
  });
  await using http = client();
  for (const status of [204, 304, 204]) {
    const response = await http.fetch(`${server.url}/${status}`);
    expect(response.status).toBe(status);
    expect(response.body).toBeNull();
  }
  expect(server.connections()).toBe(1);
  const head = await http.fetch(`${server.url}/200`, { method: "HEAD", policy: { maxResponseBytes: 10 } });
  expect(head.headers.get("content-length")).toBe("99");
  expect(await head.text()).toBe("");
});

test.each<[url: string, reason: "url_invalid" | "argument_invalid", init?: RequestInit]>([
  ["nonsense", "url_invalid"],
  ["/relative", "url_invalid"],
  ["http://", "url_invalid"],
  ["ftp://127.0.0.1/", "url_invalid"],
  ["file:///etc/passwd", "url_invalid"],
  ["http://me:hunter2@127.0.0.1/", "url_invalid"],
  ["http://me:hunter2@127.0.0.1:nonsense/", "url_invalid"],
  ["http://127.0.0.1:x/?token=hunter2", "url_invalid"],
  ["http://me:not?hunter2@127.0.0.1/", "url_invalid"],
  ["http://me:not#hunter2@127.0.0.1/", "url_invalid"],
  ["http://me:hunter2?not@127.0.0.1/", "url_invalid"],
  ["me:hunter2/not@127.0.0.1", "url_invalid"],
  ["http://127.0.0.1/", "argument_invalid", { body: "x" }],
  ["http://127.0.0.1/", "argument_invalid", { method: "CONNECT" }],
  ["http://127.0.0.1/", "argument_invalid", { method: "A B" }],
  ["http://127.0.0.1/", "argument_invalid", { headers: { "a b": "x" } }],
  ["http://127.0.0.1/", "argument_invalid", { headers: { x: "hunter2\nx" } }],
  ["http://127.0.0.1/", "argument_invalid", { headers: { x: "hunter2 \u20ac" } }],
])("%j cannot be asked for (%s)", async (url, reason, init) => {
  await using http = client();
  const error = await expectFailure(http.fetch(url, init), { code: "usage", reason, effect: "none" });
  expect(error.message).not.toContain("hunter2");
});

test.each([0, -1, Number.NaN])("a limit of %s is refused", async (limit) => {
  await using http = client();
  for (const policy of [{ deadlineMs: limit }, { idleTimeoutMs: limit }, { maxResponseBytes: limit }]) {
    const failing = http.fetch("http://127.0.0.1/", { policy });
    await expectFailure(failing, { code: "usage", reason: "argument_invalid", effect: "none" });
  }
});

test("a limit longer than any timer is a long one, not none", async () => {
  await using server = await startMirror();
  await using http = client();
  const policy = { deadlineMs: 2 ** 40, idleTimeoutMs: Number.POSITIVE_INFINITY };
  expect((await http.fetch(server.url, { policy })).status).toBe(200);
});

test("a source that fails fails the request, and the server never takes it for a whole one", async () => {
  let whole = false;
  await using server = await startHttpServer((request) => {
    request.resume();
    request.on("end", () => {
      whole = true;
    });
    request.on("error", () => {});
  });
  await using http = client();
  const cause = new Error("the disk is gone");
  async function* source(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("half");
    throw cause;
  }
  const failing = http.fetch(server.url, { method: "POST", body: source(), duplex: "half" });
  const error = await expectFailure(failing, { code: "internal", effect: "unknown" });
  expect(error.cause).toBe(cause);
  await server.allClosed();
  expect(whole).toBe(false);
});

test("a length that the body does not have is the caller's mistake", async () => {
  await using server = await startMirror();
  await using http = client();
  const init = { method: "POST", headers: { "content-length": "2" }, duplex: "half" } as const;
  const failing = http.fetch(server.url, { ...init, body: chunksOf("too much") });
  await expectFailure(failing, { code: "usage", reason: "argument_invalid" });
  const right = await http.fetch(server.url, { ...init, body: chunksOf("o", "k") });
  expect((await mirrored(right)).headers).toMatchObject({ "content-length": "2" });
});

test.each<[what: string, source: (sent: Promise<void>) => AsyncGenerator]>([
  [
    "gives what is no bytes",
    async function* (sent) {
      yield Buffer.from("half");
      await sent;
      yield 42;
    },
  ],
  [
    "fails with a claim that nothing happened",
    async function* (sent) {
      yield Buffer.from("half");
      await sent;
      throw new FairleadError("usage", "It is no source", { reason: "argument_invalid", effect: "none" });
    },
  ],
])(
  "a source that %s after a part was sent fails the request with an unknown effect",
  async (_what, source) => {
    const sent = createDeferred<void>();
    await using server = await startHttpServer((request) => {
      request.once("data", () => sent.resolve());
      request.on("error", () => {});
    });
    await using http = client();
    const body = source(sent.promise) as AsyncGenerator<Uint8Array>;
    const failing = http.fetch(server.url, { method: "POST", body, duplex: "half" });
    await expectFailure(failing, { code: "usage", reason: "argument_invalid", effect: "unknown" });
  },
);

test("a stream that two requests are given goes with the first, and the second fails without a connection", async () => {
  await using server = await startMirror();
  await using http = client();
  const body = new Response("once").body ?? "";
  const init = { method: "POST", body, duplex: "half" } as const;
  const first = http.fetch(server.url, init);
  const second = http.fetch(server.url, init);
  await expectFailure(second, { code: "usage", reason: "argument_invalid", effect: "none" });
  expect((await mirrored(await first)).body).toBe("once");
  expect(server.connections()).toBe(1);
});
