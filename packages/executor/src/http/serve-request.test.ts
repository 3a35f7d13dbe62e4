import { createDeferred, defaultExecutorLimits, FairleadError, type Fetch } from "@fairlead/core";
import type { DuplexCall, HttpRequestFrame__Output, HttpResponseFrame } from "@fairlead/wire";
import fc from "fast-check";
import { expect, test } from "vitest";
import { OpenRequests } from "./open-requests.js";
import { serveRequest } from "./serve-request.js";

const limits = { ...defaultExecutorLimits, frameTargetBytes: 7, windowBytes: 64, httpRequestsPerSession: 1 };

interface Line {
  /** What the executor sent. */
  readonly sent: HttpResponseFrame[];
  /** Hands a frame of the client to the executor. */
  arrive(frame: Partial<HttpRequestFrame__Output>): void;
  congest(isCongested: boolean): void;
  halfClose(): void;
  disconnect(): void;
  readonly requests: OpenRequests;
  /** Settles with the failure, or undefined. */
  readonly ended: Promise<unknown>;
}

function openLine(fetch: Fetch): Line {
  const sent: HttpResponseFrame[] = [];
  const gone = new AbortController();
  const requests = new OpenRequests(limits.httpRequestsPerSession);
  let [listener, halfClosed, drained] = [(_frame: HttpRequestFrame__Output): void => {}, () => {}, () => {}];
  let isCongested = false;
  const call: DuplexCall<HttpRequestFrame__Output, HttpResponseFrame> = {
    onMessage: (given) => {
      listener = given;
    },
    onEnd: (given) => {
      halfClosed = given;
    },
    onDrained: (given) => {
      drained = given;
    },
    get isCongested() {
      return isCongested;
    },
    flushed: () => Promise.resolve(),
    send: (frame) => void sent.push(frame),
  };
  const options = { fetch, limits, requests, signal: gone.signal, onHeard: () => {} };
  return {
    sent,
    arrive: (frame) => listener({ bodyEnd: false, cancel: false, ...frame }),
    congest: (value) => {
      isCongested = value;
      if (!value) drained();
    },
    halfClose: () => halfClosed(),
    disconnect: () => gone.abort(),
    requests,
    ended: serveRequest(call, options).then(
      () => undefined,
      (failure: unknown) => failure,
    ),
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

type RequestHead = NonNullable<HttpRequestFrame__Output["head"]>;

const head = (more: Partial<RequestHead> = {}): RequestHead => ({
  method: "GET",
  url: "http://here.test/",
  headers: [],
  headersFromEnv: [],
  redirect: "HTTP_REDIRECT_FOLLOW",
  proxy: "HTTP_PROXY_ENVIRONMENT",
  hasBody: false,
  responseWindowBytes: 64,
  ...more,
});

function bodyOf(frames: readonly HttpResponseFrame[]): Buffer {
  return Buffer.concat(
    frames.map(({ body }) => body as Buffer | undefined).filter((body) => body !== undefined),
  );
}

test("a small answer is one frame, and the stream ends when the client has seen it", async () => {
  const line = openLine(async () => new Response("hi", { status: 201, headers: { a: "b" } }));
  line.arrive({ head: head() });
  await turn();
  await turn();
  expect(line.sent).toMatchObject([{ head: { status: 201, hasBody: true }, end: true }]);
  expect(bodyOf(line.sent).toString()).toBe("hi");
  expect(line.requests.count).toBe(0);
  line.halfClose();
  expect(await line.ended).toBeUndefined();
});

test("a body goes out within the window, in order, however its reader reads and the transport stalls", async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("produce" as const), size: fc.integer({ min: 1, max: 200 }) }),
    fc.record({ kind: fc.constant("consume" as const), size: fc.integer({ min: 1, max: 64 }) }),
    fc.record({ kind: fc.constant("stall" as const), size: fc.integer({ min: 0, max: 1 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      let source: ReadableStreamDefaultController<Uint8Array> | undefined;
      const produced: Buffer[] = [];
      const body = new ReadableStream<Uint8Array>({ start: (controller) => void (source = controller) });
      const line = openLine(async () => new Response(body));
      line.arrive({ head: head() });
      await turn();
      let consumed = 0;
      const check = (): number => {
        const sentBytes = bodyOf(line.sent).length;
        expect(sentBytes - consumed).toBeLessThanOrEqual(64);
        return sentBytes;
      };
      for (const { kind, size } of steps) {
        const sentBytes = check();
        if (kind === "produce") {
          produced.push(Buffer.alloc(size, produced.length));
          source?.enqueue(produced.at(-1) as Buffer);
        } else if (kind === "stall") line.congest(size === 1);
        else if (sentBytes > consumed) {
          consumed = Math.min(sentBytes, consumed + size);
          line.arrive({ consumed });
        }
        await turn();
      }
      source?.close();
      line.congest(false);
      for (;;) {
        await turn();
        await turn();
        const sentBytes = check();
        if (line.sent.some(({ end }) => end)) break;
        consumed = sentBytes;
        line.arrive({ consumed });
      }
      expect(bodyOf(line.sent).equals(Buffer.concat(produced))).toBe(true);
      expect(line.sent.every(({ body: bytes }) => ((bytes as Buffer | undefined)?.length ?? 0) <= 7)).toBe(
        true,
      );
      expect(line.sent.findIndex(({ end }) => end)).toBe(line.sent.length - 1);
      line.halfClose();
      expect(await line.ended).toBeUndefined();
    }),
  );
});

const sessionOver = new FairleadError("unavailable", "over", { reason: "session_lost" });

test.each<[how: string, act: (line: Line) => void, failure: object | undefined]>([
  ["its client cancels", (line) => line.arrive({ cancel: true }), undefined],
  ["its client half-closes", (line) => line.halfClose(), undefined],
  ["its client is gone", (line) => line.disconnect(), undefined],
  ["its session ends", (line) => line.requests.endAll(sessionOver), sessionOver],
])("a request is aborted at once, and its place freed, when %s", async (_, act, failure) => {
  const signal = createDeferred<AbortSignal>();
  const line = openLine((_url, init) => {
    if (init?.signal != null) signal.resolve(init.signal);
    return new Promise(() => {});
  });
  line.arrive({ head: head() });
  expect((await signal.promise).aborted).toBe(false);
  expect(line.requests.count).toBe(1);
  act(line);
  expect((await signal.promise).aborted).toBe(true);
  expect(line.requests.count).toBe(0);
  expect(await line.ended).toEqual(failure);
});

test("what came before a failure goes before it", async () => {
  const reset = new FairleadError("unavailable", "cut", { reason: "connection_reset" });
  let source: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({ start: (controller) => void (source = controller) });
  const line = openLine(async () => new Response(body));
  line.arrive({ head: head() });
  await turn();
  source?.enqueue(Buffer.from("event"));
  await Promise.resolve();
  await Promise.resolve();
  source?.error(reset);
  expect(await line.ended).toBe(reset);
  expect(bodyOf(line.sent).toString()).toBe("event");
});

test("a body that fits the window is gathered, so that it can be sent again; a longer one streams with its length", async () => {
  const seen: RequestInit[] = [];
  const fetch: Fetch = async (_, init = {}) => {
    seen.push(init);
    return new Response(null, { status: 204 });
  };
  const [short, long] = [openLine(fetch), openLine(fetch)];
  short.arrive({ head: head({ method: "POST", hasBody: true, bodyBytes: 4 }), body: Buffer.from("ab") });
  short.arrive({ body: Buffer.from("cd"), bodyEnd: true });
  await turn();
  expect(Buffer.from(seen[0]?.body as Uint8Array).toString()).toBe("abcd");
  expect(short.sent[0]).toMatchObject({ taken: 2 });
  long.arrive({ head: head({ method: "POST", hasBody: true, bodyBytes: 65 }) });
  await turn();
  expect(seen[1]).toMatchObject({ duplex: "half", headers: [["content-length", "65"]] });
  expect(seen[1]?.body).toBeInstanceOf(ReadableStream);
});
