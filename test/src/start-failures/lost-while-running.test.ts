import type { ErrorReason, ExitReason } from "@fairlead/core";
import { type Executor, startExecutor } from "@fairlead/executor";
import { initializeRawClient, type RawClient, waitUntil } from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { executorTable, startDaemon } from "../failures/support/executor-daemon.js";
import { expectClean } from "../failures/support/expect-failure.js";
import { createScene, type Scene } from "../failures/support/scene.js";
import { startCall } from "../lifetimes/support/calls.js";
import { heldServer } from "../lifetimes/support/held-server.js";
import { serverProcesses } from "../lifetimes/support/server-processes.js";

interface RunningExecutor extends Pick<Executor, "address">, AsyncDisposable {
  /** Of a daemon of its own. */
  readonly pid?: number;
}

/** What ends the server of a call in flight. */
interface Ending {
  readonly what: string;
  /** Starts the executor of the scene. */
  readonly start: (scene: Scene) => Promise<RunningExecutor>;
  /** Ends the server, from the outside. */
  readonly end: (scene: Scene, executor: RunningExecutor, host: RawClient) => Promise<void>;
  readonly reason: ErrorReason;
  readonly exitReasons: readonly ExitReason[];
  readonly tells: RegExp;
}

const heartbeatMs = 200;

const endings: readonly Ending[] = [
  {
    what: "its executor is killed",
    start: startDaemon,
    end: async (_, executor) => void process.kill(executor.pid ?? 0, "SIGKILL"),
    reason: "session_lost",
    exitReasons: ["session_lost"],
    tells: /'held' was lost together with the session of its executor before it answered tools\/call/,
  },
  {
    what: "its executor shuts down",
    start: startDaemon,
    end: async (_, executor) => void process.kill(executor.pid ?? 0, "SIGTERM"),
    reason: "executor_draining",
    exitReasons: ["executor_shutdown"],
    tells: /'held' was stopped because its executor is shutting down, before it answered tools\/call/,
  },
  {
    what: "its host was suspended for longer than lease and TTL",
    start: (scene) =>
      startExecutor({
        listen: `unix://${scene.folder.file("run/x.sock")}`,
        stateDir: scene.folder.file("home"),
        version: "0",
        limits: { heartbeatMs, detachTtlMaxMs: 1_000 },
      }),
    end: async (scene, _, host) => {
      host.kill("SIGSTOP");
      await waitUntil(() => serverProcesses(scene).length === 0, {
        withinMs: 10_000,
        what: "the end of the server",
      });
      host.kill("SIGCONT");
    },
    reason: "session_lost",
    // It depends on what the host reads first when it wakes up.
    exitReasons: ["session_lost", "lease_expired"],
    tells:
      /'held' was (?:lost together with the session|stopped because its executor had not heard from this host)/,
  },
];

/** Runs a call whose server is ended in the middle. @returns the one line that tells the failure */
async function failCall({ start, end }: Ending, flags: readonly string[] = []): Promise<string> {
  await using scene = await createScene();
  await using executor = await start(scene);
  const server = heldServer(scene, { more: ['executor = "far"'] });
  await scene.configure(server.table + executorTable("far", { ...executor, tokenFile: undefined }));
  const command = await scene.start(["call", "held", "any", ...flags]);
  await server.called();
  await end(scene, executor, command);
  expect(await command.exited).toMatchObject({ code: 4, signal: null });
  expectClean({ stdout: "", stderr: command.stderr() });
  expect(command.lines).toEqual([]);
  const lines = command.stderr().trimEnd().split("\n");
  // Before it is given up, people are told that it is being tried.
  const told = lines.filter((line) => !line.startsWith("fairlead: the connection to executor far broke"));
  expect(told).toHaveLength(1);
  return told[0] ?? "";
}

describe.each(endings)("a server that is gone because $what", (ending) => {
  const { start, end, reason, exitReasons, tells } = ending;
  const details = {
    server: "held",
    reason,
    exitReason: expect.toBeOneOf([...exitReasons]),
    stderrTail: "",
  };

  test.concurrent("is told by call to people", async () => {
    expect(await failCall(ending)).toMatch(tells);
  });

  test.concurrent("is told by call to programs", async () => {
    const told = JSON.parse(await failCall(ending, ["--json"])) as { error: { message: string } };
    expect(told).toMatchObject({ error: { code: "unavailable", details } });
    expect(told.error.message).toMatch(tells);
  });

  test.concurrent("is told by serve as the failure of the call, and serve lives on", async () => {
    await using scene = await createScene();
    await using executor = await start(scene);
    const far = executorTable("far", { ...executor, tokenFile: undefined });
    await scene.configure(scene.server("held", [], ['executor = "far"']) + far);
    const agent = await scene.start(["serve"]);
    await initializeRawClient(agent);
    const id = await startCall(agent, "held__sleep", { ms: 600_000 });
    await end(scene, executor, agent);
    const { error } = await agent.waitForId(id, 20_000);
    expect(error?.message).toMatch(tells);
    expect(error).toMatchObject({ code: -32000, data: { fairlead: { code: "unavailable", details } } });
    expect((await agent.request("ping")).result).toEqual({});
    agent.closeStdin();
    expect(await agent.exited).toMatchObject({ code: 0 });
    await waitUntil(() => serverProcesses(scene).length === 0, {
      withinMs: 5_000,
      what: "the end of it all",
    });
    expect(await scene.leftovers()).toEqual([]);
  });
});
