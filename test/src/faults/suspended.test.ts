import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { SessionState } from "@fairlead/link";
import { createTestRandom, type RawClient, type RawMessage, spawnRawClient } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { createScene, type Scene } from "../failures/support/scene.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { startLoad } from "./support/load.js";
import { quickLimits, startTestExecutor, type TestExecutor } from "./support/test-executor.js";
import { connectThroughChaos } from "./support/through-chaos.js";

const file = (name: string): string => fileURLToPath(new URL(`support/fixtures/${name}`, import.meta.url));

/** Under the quick limits a silent peer is gone after 650 ms. */
const leaseMs = 650;
const ttlMs = 10_000;

describe("while the executor sleeps longer than the lease", () => {
  test.concurrent("its client asks again and again, and goes on with every byte once it wakes up", async () => {
    const random = createTestRandom("a sleeping executor");
    await using scene = await createScene();
    await using executor = await startTestExecutor(scene);
    const states: SessionState["state"][] = [];
    await using chaos = await connectThroughChaos(executor, {
      // Several tries are waiting for it when it wakes up; only the last one may count.
      session: {
        detachTtlMs: ttlMs,
        connectTimeoutMs: 1_000,
        onState: ({ state }) => void states.push(state),
      },
    });
    const load = await startLoad(chaos.session, random);
    for (let sleep = 1; sleep <= 2; sleep += 1) {
      await load.progress();
      executor.suspend();
      await pause(leaseMs + 1_500);
      expect(states).toEqual(["connecting", ...repeat(["connected", "recovering"], sleep)]);
      executor.resume();
      await load.progress();
      expect(chaos.session.state.state).toBe("connected");
    }
    await load.finish();
    expect(executor.stderr()).toBe("");
  });
});

describe("while its host sleeps", () => {
  test.concurrent("longer than the lease but not past the TTL, the session waits and goes on with every byte", async () => {
    await using suspended = await startWritingHost(quickLimits);
    const { host } = suspended;
    await host.nextMessage(({ written }) => written === true);
    await sleep(host, leaseMs + 1_500);
    await host.nextMessage(({ state, epoch }) => state === "connected" && epoch === 2);
    await writesOn(host);
    await suspended.check();
    expect(statesOf(host)).toEqual(["connecting", "connected", "recovering", "connected", "closed"]);
  });

  test.concurrent("less than the lease, again and again, it notices nothing, and its executor does not either", async () => {
    await using suspended = await startWritingHost({ heartbeatMs: 1_000, heartbeatsMissed: 3 });
    const { host } = suspended;
    for (let round = 0; round < 3; round += 1) {
      await writesOn(host);
      await sleep(host, 1_500);
    }
    await writesOn(host);
    await suspended.check();
    expect(statesOf(host)).toEqual(["connecting", "connected", "closed"]);
  });

  test.concurrent("or its executor, longer than the lease, the other side of a healthy session is not blamed", async () => {
    await using suspended = await startWritingHost(quickLimits);
    const { host, executor } = suspended;
    await writesOn(host);
    // Both asleep, as on one machine: nobody missed anybody.
    host.kill("SIGSTOP");
    executor.suspend();
    await pause(leaseMs + 1_000);
    executor.resume();
    host.kill("SIGCONT");
    await writesOn(host);
    await suspended.check();
    expect(statesOf(host).at(-1)).toBe("closed");
    expect(statesOf(host)).not.toContain("lost");
  });
});

interface WritingHost extends AsyncDisposable {
  readonly host: RawClient;
  readonly executor: TestExecutor;
  /** Lets it end, and checks both directions. */
  check(): Promise<void>;
}

async function startWritingHost(limits: typeof quickLimits): Promise<WritingHost> {
  const stack = createDisposeStack();
  try {
    const scene: Scene = stack.use(await createScene());
    const executor = stack.use(await startTestExecutor(scene, { limits }));
    const argv = [process.execPath, file("writing-host.mjs"), file("hashing-program.mjs")];
    const host = stack.use(await spawnRawClient(argv, { env: scene.env }));
    await host.send({ url: executor.address, token: executor.token, detachTtlMs: ttlMs });
    return {
      host,
      executor,
      check: async () => {
        await host.sendRaw("enough\n");
        const told = await host.nextMessage(({ exit }) => exit !== undefined);
        const { exit, sent, received } = told;
        expect(exit).toEqual({ reason: "exited", code: 0, signal: null });
        expect(received).toEqual(sent);
        expect(JSON.parse(String(told["stderr"]))).toEqual({ read: sent, wrote: received });
        expect(await host.exited).toMatchObject({ code: 0 });
        expect(host.stderr()).toBe("");
        expect(executor.stderr()).toBe("");
      },
      [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
    };
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

async function sleep(host: RawClient, durationMs: number): Promise<void> {
  host.kill("SIGSTOP");
  await pause(durationMs);
  host.kill("SIGCONT");
}

/** Waits until a write was taken that was made after now. */
async function writesOn(host: RawClient): Promise<void> {
  const before = host.messages.length;
  const isNew = (message: RawMessage): boolean => host.messages.indexOf(message) >= before;
  for (let count = 0; count < 2; count += 1) {
    await host.nextMessage((message) => message["written"] === true && isNew(message));
  }
}

function statesOf(host: RawClient): unknown[] {
  return host.messages.flatMap(({ state }) => (state === undefined ? [] : [state]));
}

function repeat<T>(items: readonly T[], times: number): T[] {
  return Array.from({ length: times }, () => items).flat();
}
