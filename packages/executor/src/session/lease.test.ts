import { createDeferred, defaultExecutorLimits, type FairleadError } from "@fairlead/core";
import type { DuplexCall, LeaseRequest__Output, LeaseResponse } from "@fairlead/wire";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createMemoryLauncher } from "../test-support/memory-launcher.js";
import { serveLease } from "./lease.js";
import { Session } from "./session.js";

const heartbeats = { heartbeatMs: 20, heartbeatsMissed: 2 };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

interface Line {
  readonly sent: LeaseResponse[];
  isCongested: boolean;
  arrive(heartbeat: number): void;
  readonly call: DuplexCall<LeaseRequest__Output, LeaseResponse>;
}

function openLine(): Line {
  let listener: (message: LeaseRequest__Output) => void = () => {};
  const line: Line = {
    sent: [],
    isCongested: false,
    arrive: (heartbeat) => listener({ heartbeat }),
    call: {
      onMessage: (given) => {
        listener = given;
      },
      onEnd: () => {},
      onDrained: () => {},
      flushed: () => Promise.resolve(),
      get isCongested() {
        return line.isCongested;
      },
      send: (message) => line.sent.push(message),
    },
  };
  return line;
}

function openSession(beforeStop?: () => Promise<void>): Session {
  return new Session({
    principal: "user:1",
    clientName: "test",
    detachTtlMs: 60_000,
    limits: defaultExecutorLimits,
    launcher: createMemoryLauncher(undefined, beforeStop),
    onEnded: () => {},
  });
}

function serve(session: Session, line: Line): { readonly ended: Promise<unknown>; abort(): void } {
  const abort = new AbortController();
  const ended = serveLease(session, line.call, {
    ...heartbeats,
    isDraining: () => false,
    signal: abort.signal,
  }).catch((error: unknown) => error);
  return { ended, abort: () => abort.abort() };
}

test("a lease that comes late, while the ladder of its session still climbs, leaves no timer that kills the daemon", async () => {
  const gate = createDeferred<void>();
  const session = openSession(() => gate.promise);
  await session.start("p", { program: "tool", args: [] });
  const ending = session.end("stopped");
  expect(await serve(session, openLine()).ended).toMatchObject({ reason: "session_unknown" });
  expect(vi.getTimerCount()).toBe(0);
  await vi.advanceTimersByTimeAsync(1_000);
  gate.resolve();
  await ending;
  expect(vi.getTimerCount()).toBe(0);
});

test("a silent client is told that it may resume, not that its session is lost", async () => {
  const session = openSession();
  const lease = serve(session, openLine());
  await vi.advanceTimersByTimeAsync(200);
  const failure = (await lease.ended) as FairleadError;
  expect(failure).toMatchObject({ code: "unavailable", reason: "transport_closed" });
  expect(session.hasEnded).toBe(false);
  await session.end("stopped");
});

test("a client that reads no heartbeats gets no more of them, and lives on by those that it sends", async () => {
  const session = openSession();
  const line = openLine();
  const lease = serve(session, line);
  line.isCongested = true;
  for (let heartbeat = 1; heartbeat <= 100; heartbeat += 1) {
    line.arrive(heartbeat);
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(line.sent).toEqual([]);
  line.isCongested = false;
  line.arrive(101);
  expect(line.sent).toEqual([{ heartbeat: 101, draining: false }]);
  lease.abort();
  await lease.ended;
  await session.end("stopped");
});

test("a lease that a newer one or a new epoch displaced starts no TTL that nobody stops", async () => {
  const session = openSession();
  const first = serve(session, openLine());
  const second = serve(session, openLine());
  expect(await first.ended).toMatchObject({ reason: "session_displaced" });
  session.advanceEpoch(1);
  expect(await second.ended).toMatchObject({ reason: "session_displaced" });
  // The one TTL of a session that nobody holds.
  expect(vi.getTimerCount()).toBe(1);
  await session.end("stopped");
  expect(vi.getTimerCount()).toBe(0);
});
