import { afterAll, beforeAll, expect, test } from "vitest";
import { createScene } from "../failures/support/scene.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { launchTallied } from "./support/tallied.js";
import { startTestExecutor, type TestExecutor } from "./support/test-executor.js";
import { connectThroughChaos } from "./support/through-chaos.js";

const mebibyte = 1024 * 1024;
/** A line that 64 KiB of somebody else's bytes hold up by 5 ms. */
const line = { roundTripMs: 20, bitsPerSecond: 100e6 };
const echoes = 40;
const bulkBytes = 24 * mebibyte;
/** A lease that a bulk transfer, which takes 2 s, would end if heartbeats waited behind it. */
const limits = { heartbeatMs: 400, heartbeatsMissed: 3 };

const stack = createDisposeStack();
let executor: TestExecutor;
beforeAll(async () => {
  const scene = stack.use(await createScene());
  executor = stack.use(await startTestExecutor(scene, { limits }));
});
afterAll(() => stack[Symbol.asyncDispose]());

test.each(["upload", "download", "upload and download"])(
  "what fills the line (%s) delays neither an echo nor the lease",
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
      await Promise.all([new Promise<void>((resolve) => (answered = resolve)), echo.write(Buffer.from("x"))]);
      return performance.now() - startedAtMs;
    };
    const idle: number[] = [];
    while (idle.length < echoes) idle.push(await roundTrip());

    const uploading = kind.startsWith("upload") ? await launchTallied(session, "sink") : undefined;
    const downloading = kind.endsWith("download") ? await launchTallied(session, "source") : undefined;
    const upload = { isOver: uploading === undefined };
    void uploading?.write(Buffer.alloc(bulkBytes, "bulk")).then(() => (upload.isOver = true));
    const isBusy = (): boolean =>
      !upload.isOver || (downloading !== undefined && downloading.receivedBytes < bulkBytes);
    const busy: number[] = [];
    while (isBusy()) busy.push(await roundTrip());
    for (const process of [uploading, downloading, echo]) {
      if (process === undefined) continue;
      expect(await process.finish()).toMatchObject({ code: 0 });
      process.check();
    }
    // The bulk went over a connection of its own, and was long enough to be measured.
    expect(proxy.counters().connections).toBe(2);
    expect(busy.length).toBeGreaterThan(20);
    expect(median(busy)).toBeLessThan(median(idle) + 30);
    expect(states).toEqual(["connecting", "connected"]);
    expect(executor.stderr()).toBe("");
  },
);

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
