import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createScene } from "../failures/support/scene.js";
import { launchTallied } from "../faults/support/tallied.js";
import { startTestExecutor, type TestExecutor } from "../faults/support/test-executor.js";
import { connectThroughChaos } from "../faults/support/through-chaos.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { type FarHttp, startFarHttp, startWebServer, type WebServer } from "./support/far-http.js";

describe.each(["unix", "tcp"] as const)("over %s", (transport) => {
  const stack = createDisposeStack();
  let far: FarHttp;
  let web: WebServer;
  beforeAll(async () => {
    far = stack.use(await startFarHttp({ transport }));
    web = stack.use(
      await startWebServer((request, response) => {
        if (request.method === "POST") request.pipe(response);
        else response.end(`answer to ${request.url}`);
      }),
    );
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  test("200 small requests one after the other are answered, each its own", async () => {
    for (let count = 0; count < 200; count += 1) {
      const response = await far.fetch(`${web.url}/${count}`);
      expect(await response.text()).toBe(`answer to /${count}`);
    }
    // Their connection is kept.
    expect(web.socketCount()).toBeLessThanOrEqual(2);
  });

  test("32 at the same time, large both ways, do not mix", async () => {
    const all = Array.from({ length: 32 }, async (_, number) => {
      const body = Buffer.alloc(600_000 + number, `${number};`);
      const response = await far.fetch(web.url, { method: "POST", body });
      expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true);
    });
    await Promise.all(all);
  });

  test("128 event streams at the same time stay open, and the session is as quick as before", async () => {
    await using streams = await startWebServer((_, response) => void response.write("data: hello\n\n"));
    const readers = await Promise.all(
      Array.from({ length: 127 }, async () => {
        const { body } = await far.fetch(streams.url);
        const reader = (body as ReadableStream<Uint8Array>).getReader();
        expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe("data: hello\n\n");
        return reader;
      }),
    );
    expect(await (await far.fetch(`${web.url}/x`)).text()).toBe("answer to /x");
    await Promise.all(readers.map((reader) => reader.cancel()));
  });
});

describe("on a line of 100 Mbit/s and 20 ms", () => {
  const line = { roundTripMs: 20, bitsPerSecond: 100e6 };
  /** A lease that a bulk transfer, which takes 2 s, would end if heartbeats waited behind it. */
  const limits = { heartbeatMs: 400, heartbeatsMissed: 3 };
  const bulkBytes = 24 * 1024 * 1024;
  const stack = createDisposeStack();
  let executor: TestExecutor;
  let web: WebServer;
  beforeAll(async () => {
    const scene = stack.use(await createScene());
    executor = stack.use(await startTestExecutor(scene, { limits }));
    web = stack.use(
      await startWebServer((request, response) => {
        if (request.method === "POST") request.resume().on("end", () => response.end());
        else response.end(Buffer.alloc(bulkBytes, "bulk"));
      }),
    );
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  test.each(["download", "upload"])(
    "a %s that fills it delays neither an echo nor the lease",
    async (kind) => {
      const states: string[] = [];
      await using chaos = await connectThroughChaos(executor, {
        line,
        session: { onState: ({ state }) => void states.push(state) },
      });
      const { session, proxy } = chaos;
      let answered = (): void => {};
      const echo = await launchTallied(session, "echo", { onOutput: () => answered() });
      const roundTrip = async (): Promise<number> => {
        const startedAtMs = performance.now();
        await Promise.all([
          new Promise<void>((resolve) => (answered = resolve)),
          echo.write(Buffer.from("x")),
        ]);
        return performance.now() - startedAtMs;
      };
      const idle: number[] = [];
      while (idle.length < 40) idle.push(await roundTrip());

      const bulk = { isOver: false, bytes: 0 };
      const body = kind === "upload" ? { method: "POST", body: Buffer.alloc(bulkBytes, "bulk") } : {};
      const transfer = session.fetch(web.url, body).then(async (response) => {
        bulk.bytes = (await response.arrayBuffer()).byteLength;
        bulk.isOver = true;
      });
      const busy: number[] = [];
      while (!bulk.isOver) busy.push(await roundTrip());
      await transfer;
      expect(bulk.bytes).toBe(kind === "upload" ? 0 : bulkBytes);
      expect(await echo.finish()).toMatchObject({ code: 0 });
      echo.check();
      expect(proxy.counters().connections).toBe(2);
      expect(busy.length).toBeGreaterThan(20);
      // Behind 1.5 MiB of bulk it would wait for 126 ms more.
      expect(median(busy)).toBeLessThan(3 * median(idle) + 40);
      expect(states).toEqual(["connecting", "connected"]);
      expect(executor.stderr()).toBe("");
    },
  );
});

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
