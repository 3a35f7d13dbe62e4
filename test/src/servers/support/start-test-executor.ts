import { FairleadError } from "@fairlead/core";
import { binaryCommand, createTempFolder, processesWithMarker, spawnRawClient } from "@fairlead/testkit";
import { createDisposeStack } from "./dispose-stack.js";
import { testEnvironment } from "./test-environment.js";

/** An executor daemon of its own: the built binary, in its own process. Whoever started it owns it. */
export interface TestExecutor extends AsyncDisposable {
  /** `unix:///…`, as config.toml and `executor add` take it. */
  readonly url: string;
  readonly pid: number;
  /** Everything that it wrote to stderr so far. */
  stderr(): string;
}

/** How an executor is started. */
export interface TestExecutorOptions {
  /** A program and its arguments that starts the daemon in its own place, for example `unshare --net`. @default none */
  readonly wrapper?: readonly string[] | undefined;
}

const startLimitMs = 10_000;
/** The ladder of a stubborn server takes about 4 s; nothing that these suites start is stubborn. */
const endLimitMs = 10_000;

/**
 * Starts `fairlead-executor serve` on a unix socket in a temporary folder. Disposing sends SIGTERM, waits for exit code 0
 * and fails if anything that the executor started is still alive.
 */
export async function startTestExecutor(options: TestExecutorOptions = {}): Promise<TestExecutor> {
  const folder = await createTempFolder("fl-x-");
  const socket = `unix://${folder.file("executor.sock")}`;
  const args = ["serve", "--listen", socket, "--state-dir", folder.path, "--json"];
  const { wrapper = [] } = options;
  const daemon = await spawnRawClient([...wrapper, ...binaryCommand("fairlead-executor"), ...args], {
    cwd: folder.path,
    env: testEnvironment(folder.path),
  });
  const announced = await daemon.nextMessage((message) => "address" in message, startLimitMs);
  return {
    url: String(announced["address"]),
    pid: daemon.pid,
    stderr: () => daemon.stderr(),
    [Symbol.asyncDispose]: async () => {
      await using stack = createDisposeStack();
      stack.use(folder);
      stack.use(daemon);
      daemon.kill("SIGTERM");
      const exit = await Promise.race([daemon.exited, failAfter(endLimitMs, () => daemon.stderr())]);
      // What an executor starts has its HOME, so this finds it wherever it has gone in the process table.
      const left = processesWithMarker(folder.path);
      if (exit.code === 0 && left.length === 0) return;
      const told = left.map(({ pid, cmdline }) => `${pid} ${cmdline.join(" ")}`).join("; ") || "nothing";
      throw new FairleadError(
        "internal",
        `The executor ended with code ${exit.code}, signal ${exit.signal}, and left behind: ${told}. ${daemon.stderr()}`,
      );
    },
  };
}

function failAfter(limitMs: number, stderr: () => string): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => {
      const text = `The executor did not end within ${limitMs} ms of SIGTERM. ${stderr()}`;
      reject(new FairleadError("deadline_exceeded", text));
    }, limitMs).unref();
  });
}
