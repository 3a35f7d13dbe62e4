import { createDeferred, FairleadError } from "@fairlead/core";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { anySpec, createMemoryLauncher, type MemoryScript } from "../test-support/memory-launcher.js";
import { openStdioConnection, type StdioConnectionOptions } from "./open-stdio-connection.js";
import type { ClosedInfo } from "./types.js";

const baseOptions = {
  spec: anySpec,
  name: "files",
  clientInfo: { name: "test", version: "1" },
  capabilities: {},
};

async function open(script: MemoryScript = {}, extra: Partial<StdioConnectionOptions> = {}) {
  const { launcher, server } = createMemoryLauncher(script);
  const connection = await openStdioConnection({ ...baseOptions, launcher, ...extra });
  return { connection, server };
}

/** Time stands still until the test moves it on. */
function useFakeClock(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
}

/** Opens what cannot be opened and gives the error, after checking that the tree was stopped. */
async function failToOpen(script: MemoryScript, extra: Partial<StdioConnectionOptions> = {}) {
  const closed: ClosedInfo[] = [];
  const handlers = { onClosed: (info: ClosedInfo) => void closed.push(info) };
  const { launcher, server } = createMemoryLauncher(script);
  const error: unknown = await openStdioConnection({ ...baseOptions, launcher, handlers, ...extra }).catch(
    (e: unknown) => e,
  );
  expect(closed).toEqual([]);
  if (!(error instanceof FairleadError)) throw new Error(`Expected a FairleadError, got ${String(error)}`);
  return { error, stops: server.stops.length };
}

describe("a start that fails", () => {
  it("because the server exits tells its code and last words", async () => {
    const { error, stops } = await failToOpen({
      initializeResult: null,
      onMessage: (server) => {
        server.complain("cannot read config\n");
        server.exit({ code: 3 });
      },
    });
    expect(error).toMatchObject({ code: "unavailable", reason: "server_exited" });
    expect(error.message).toContain("'files' exited with code 3 before it answered initialize");
    expect(error.details).toMatchObject({
      failure: "exited",
      exitCode: 3,
      stderrTail: "cannot read config\n",
    });
    expect(stops).toBe(1);
  });

  it("because the server says nothing is a handshake timeout", async () => {
    const script: MemoryScript = { initializeResult: null, onStart: (server) => server.say("Welcome!\n") };
    const { error, stops } = await failToOpen(script, { startupTimeoutMs: 20 });
    expect(error).toMatchObject({ code: "unavailable", reason: "handshake_failed" });
    expect(error.message).toContain("lines on its stdout that were no messages: 1");
    expect(error.details["failure"]).toBe("handshake_timeout");
    expect(stops).toBe(1);
  });

  it.each(["null", "{}", '{"protocolVersion":7}', '{"protocolVersion":"1999-01-01"}'])(
    "because it answers initialize with %s is a protocol error",
    async (initializeResult) => {
      const { error, stops } = await failToOpen({ initializeResult });
      expect(error).toMatchObject({ reason: "handshake_failed", details: { failure: "protocol_error" } });
      expect(stops).toBe(1);
    },
  );

  it("because it refuses initialize tells its words", async () => {
    const { error } = await failToOpen({
      initializeResult: null,
      onMessage: (server, { id }) => server.sayMessage({ id, error: { code: -1, message: "not today" } }),
    });
    expect(error.message).toContain("not today");
    expect(error.details["failure"]).toBe("protocol_error");
  });

  it.each([
    ["not_found", "program_not_found", "command_not_found"],
    ["not_found", "cwd_missing", "cwd_missing"],
    ["not_found", "program_not_executable", "spawn_failed"],
    ["forbidden", "policy_denied", "policy_denied"],
    ["unavailable", "session_lost", "executor_unavailable"],
  ] as const)("in the launcher with %s %s keeps both and says %s", async (code, reason, failure) => {
    const launchError = new FairleadError(code, "No such thing", { reason, effect: "none" });
    const { error } = await failToOpen({ launchError });
    expect(error).toMatchObject({ code, reason, effect: "none", cause: launchError });
    expect(error.message).toBe("Server 'files' could not be started: No such thing");
    expect(error.details["failure"]).toBe(failure);
  });

  it("because it is cancelled is cancelled, also before it begins", async () => {
    const controller = new AbortController();
    const { error, stops } = await failToOpen(
      { initializeResult: null, onMessage: () => controller.abort() },
      { signal: controller.signal },
    );
    expect(error.code).toBe("canceled");
    expect(stops).toBe(1);
    expect((await failToOpen({}, { signal: AbortSignal.abort() })).error.code).toBe("canceled");
  });

  it("stops a process that the launcher started after all", async () => {
    const launchDelay = createDeferred<undefined>();
    const script = { launchDelay: launchDelay.promise };
    const failing = failToOpen(script, { startupTimeoutMs: 10 });
    setTimeout(() => launchDelay.resolve(undefined), 40);
    const { error, stops } = await failing;
    expect(error.details["failure"]).toBe("handshake_timeout");
    expect(stops).toBe(1);
  });
});

describe("a call", () => {
  it("that is aborted tells the server why and rejects", async () => {
    const { connection, server } = await open();
    const controller = new AbortController();
    const call = connection.request({ method: "tools/call", signal: controller.signal });
    controller.abort("the user pressed Esc");
    await expect(call).rejects.toMatchObject({ code: "canceled", effect: "unknown" });
    const { params } = await server.next(({ method }) => method === "notifications/cancelled");
    expect(params).toEqual({ requestId: 2, reason: "the user pressed Esc" });
    await connection.close();
  });

  it("that was aborted before is never sent", async () => {
    const { connection, server } = await open();
    const call = connection.request({ method: "tools/call", signal: AbortSignal.abort() });
    await expect(call).rejects.toMatchObject({ code: "canceled", effect: "none" });
    expect(server.received.some(({ method }) => method === "tools/call")).toBe(false);
    await connection.close();
  });

  it("that takes too long tells the server and rejects", async () => {
    const { connection, server } = await open();
    const call = connection.request({ method: "tools/call", timeoutMs: 15 });
    await expect(call).rejects.toMatchObject({ code: "deadline_exceeded", details: { server: "files" } });
    await server.next(({ method }) => method === "notifications/cancelled");
    await connection.close();
  });

  it.each([Number.POSITIVE_INFINITY, 2 ** 31, Number.MAX_SAFE_INTEGER])(
    "with a timeout of %d ms does not expire at once",
    async (timeoutMs) => {
      const { connection, server } = await open();
      const call = connection.request({ method: "x", timeoutMs });
      await new Promise((resolve) => setTimeout(resolve, 20));
      server.sayMessage({ id: 2, result: 1 });
      expect(await call).toMatchObject({ kind: "result" });
      await connection.close();
    },
  );
});

describe("a server that dies", () => {
  it("has its last answers delivered and fails the other calls", async () => {
    const closed: ClosedInfo[] = [];
    const handlers = { onClosed: (info: ClosedInfo) => void closed.push(info) };
    const { connection, server } = await open({}, { handlers });
    const answered = connection.request({ method: "a" });
    const lost = connection.request({ method: "b" });
    server.complain("out of memory");
    server.exit({ code: null, signal: "SIGKILL" }, true);
    await Promise.resolve();
    server.say('{"id":2,"result":"last words"}');
    expect(await answered).toMatchObject({ kind: "result" });
    const expected = {
      code: "unavailable",
      reason: "server_exited",
      effect: "unknown",
      details: { exitSignal: "SIGKILL", exitReason: "exited", stderrTail: "out of memory" },
    };
    await expect(lost).rejects.toMatchObject(expected);
    expect(closed).toMatchObject([
      { cause: "lost", exit: { signal: "SIGKILL" }, stderrTail: "out of memory" },
    ]);
    await expect(connection.request({ method: "c" })).rejects.toMatchObject({ ...expected, effect: "none" });
    expect(server.stops).toHaveLength(1);
    await connection.close();
    expect(server.stops).toHaveLength(1);
  });

  it.each([true, false])(
    "may have done what it was given, though a later write never left (exited: %s)",
    async (hasExited) => {
      const { connection, server } = await open();
      const given = connection.request({ method: "tools/call" });
      await server.next(({ method }) => method === "tools/call");
      if (hasExited) server.exit({ code: 1 }, true);
      server.breakStdin("none");
      connection.notify("notifications/roots/list_changed");
      await expect(given).rejects.toMatchObject({ code: "unavailable", effect: "unknown" });
      await connection.close();
    },
  );

  it("in the middle of an answer is not taken for one that answers nonsense", async () => {
    const { connection, server } = await open();
    const call = connection.request({ method: "a" });
    server.say('{"jsonrpc":"2.0","id":2,"result":{"text":"half');
    server.exit({ code: 1 });
    await expect(call).rejects.toMatchObject({ reason: "server_exited" });
    await connection.close();
  });

  it("fails its calls soon although a helper holds its stdout", async () => {
    const { connection, server } = await open();
    const call = connection.request({ method: "a" });
    const startedAt = performance.now();
    server.exit({ code: 1 }, true);
    await expect(call).rejects.toMatchObject({ details: { exitCode: 1 } });
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    await connection.close();
  });

  it.each([
    ["session_lost", "session_lost"],
    ["lease_expired", "session_lost"],
    ["executor_shutdown", "executor_draining"],
    ["stopped", "server_exited"],
  ] as const)("for the reason %s is told as %s", async (exitReason, reason) => {
    const { connection, server } = await open();
    const call = connection.request({ method: "a" });
    server.exit({ reason: exitReason, code: null });
    await expect(call).rejects.toMatchObject({ code: "unavailable", reason });
    await connection.close();
  });

  it("is lost too if it only stops reading", async () => {
    const { connection, server } = await open();
    server.breakStdin();
    const call = connection.request({ method: "a" });
    await expect(call).rejects.toMatchObject({ code: "unavailable", reason: "stdin_closed" });
    expect(server.stops).toHaveLength(1);
    await connection.close();
  });

  describe("and has only closed its stdin", () => {
    /** Two calls under way, of which the second could not be written any more. */
    const openBroken = async () => {
      useFakeClock();
      const { connection, server } = await open();
      const answered = connection.request({ method: "a" });
      await server.next(({ method }) => method === "a");
      server.breakStdin();
      const unwritten = connection.request({ method: "b" });
      unwritten.catch(() => {});
      await vi.advanceTimersByTimeAsync(0);
      return { connection, server, answered, unwritten };
    };

    it("is listened to until the answer that it is giving is whole", async () => {
      const { connection, server, answered, unwritten } = await openBroken();
      server.say('{"jsonrpc":"2.0","id":2,"result":{"text":"');
      for (let piece = 0; piece < 10; piece += 1) {
        await vi.advanceTimersByTimeAsync(200);
        server.say("piece ");
      }
      server.say('"}}\n');
      expect(await answered).toMatchObject({ kind: "result" });
      await vi.advanceTimersByTimeAsync(250);
      await expect(unwritten).rejects.toMatchObject({ reason: "stdin_closed" });
      await connection.close();
    });

    it("is given up though it goes on talking", async () => {
      const { connection, server, answered } = await openBroken();
      const outcome = answered.catch((error: unknown) => error);
      for (let atMs = 0; atMs < 5_500; atMs += 100) {
        server.say('{"jsonrpc":"2.0","method":"notifications/message","params":{}}\n');
        await vi.advanceTimersByTimeAsync(100);
      }
      expect(await outcome).toMatchObject({ reason: "stdin_closed" });
      expect(server.stops).toHaveLength(1);
      await connection.close();
    });
  });

  it("is told by its exit if that follows a failed write", async () => {
    const { connection, server } = await open();
    server.breakStdin();
    const call = connection.request({ method: "a" });
    setTimeout(() => server.exit({ code: 9 }), 20);
    await expect(call).rejects.toMatchObject({ reason: "server_exited", details: { exitCode: 9 } });
    await connection.close();
  });

  it("is not given up while its reader holds its output back", async () => {
    useFakeClock();
    const { connection, server } = await open();
    const release = connection.holdOutput();
    const call = connection.request({ method: "a" });
    server.exit({}, true);
    await vi.advanceTimersByTimeAsync(60_000);
    server.sayMessage({ id: 2, result: "late" });
    expect(await call).toMatchObject({ kind: "result" });
    release();
    await connection.close();
  });
});

describe("closing", () => {
  it("cancels what is pending, stops once, and gives one report", async () => {
    const closed: ClosedInfo[] = [];
    const aborts: unknown[] = [];
    const handlers: StdioConnectionOptions["handlers"] = {
      onClosed: (info) => void closed.push(info),
      onRequest: (_message, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            aborts.push(signal.reason);
            reject(new Error("aborted"));
          });
        }),
    };
    const { connection, server } = await open({}, { handlers });
    const call = connection.request({ method: "a" });
    server.sayMessage({ id: "q", method: "roots/list" });
    const times = { stdinGraceMs: 1 };
    const reports = await Promise.all([connection.close(times), connection.close()]);
    await expect(call).rejects.toMatchObject({ code: "canceled" });
    expect(reports[0]).toBe(reports[1]);
    expect(reports[0].ended).toHaveLength(1);
    expect(server.stops).toEqual([times]);
    expect(closed).toMatchObject([{ cause: "closed" }]);
    expect(aborts).toHaveLength(1);
    await connection[Symbol.asyncDispose]();
    await expect(connection.request({ method: "b" })).rejects.toMatchObject({
      code: "canceled",
      effect: "none",
    });
  });

  it("still writes what was sent in the same tick", async () => {
    const { connection, server } = await open();
    connection.notify("notifications/roots/list_changed");
    await connection.close();
    connection.notify("notifications/too_late");
    const methods = server.received.map(({ method }) => method);
    expect(methods).toContain("notifications/roots/list_changed");
    expect(methods).not.toContain("notifications/too_late");
  });
});
