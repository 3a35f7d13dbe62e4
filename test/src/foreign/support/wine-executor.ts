import { readFile } from "node:fs/promises";
import { FairleadError, settlesWithinMs } from "@fairlead/core";
import { waitUntil } from "@fairlead/testkit";
import { ownFolder, type WineMachine } from "./wine-machine.js";

/** A `fairlead-executor serve` of a Windows machine, on loopback. */
export interface WineExecutor extends AsyncDisposable {
  /** `grpc://127.0.0.1:PORT`. */
  readonly address: string;
  readonly port: number;
  readonly token: string;
  readonly pid: number;
  stderr(): string;
}

/** Node under Wine loads modules several times slower than elsewhere. */
const startLimitMs = 60_000;
const endLimitMs = 30_000;

/**
 * Starts it and waits for its address. Disposing presses Ctrl-C, and fails if that does not end it with exit code 0.
 * @param env what it has above the machine's environment
 */
export async function startWineExecutor(
  machine: WineMachine,
  env: Readonly<Record<string, string>> = {},
): Promise<WineExecutor> {
  const stateDir = await machine.makeFolder(`${ownFolder}\\executor`);
  const args = ["serve", "--listen", "127.0.0.1:0", "--state-dir", stateDir, "--json"];
  const daemon = machine.start("fairlead-executor", args, { env });
  const ended = { yes: false };
  void daemon.exited.then(() => (ended.yes = true));
  await waitUntil(() => ended.yes || daemon.stdout().includes("\n"), {
    withinMs: startLimitMs,
    what: () => `The executor's address. ${daemon.stdout()} ${daemon.stderr()}`,
  });
  const said = daemon.stdout();
  if (ended.yes || !said.includes("\n")) {
    throw new FairleadError("unavailable", `The executor did not start: ${said} ${daemon.stderr()}`);
  }
  const { address, tokenFile } = JSON.parse(said.split("\n")[0] ?? "") as Record<
    "address" | "tokenFile",
    string
  >;
  return {
    address,
    port: Number(/:(\d+)$/.exec(address)?.[1]),
    token: (await readFile(machine.locate(tokenFile), "utf8")).trim(),
    pid: daemon.pid,
    stderr: () => daemon.stderr(),
    [Symbol.asyncDispose]: async () => {
      daemon.kill("SIGINT");
      const inTime = await settlesWithinMs(daemon.exited, endLimitMs);
      if (!inTime) daemon.kill("SIGKILL");
      const { code } = await daemon.exited;
      if (inTime && code === 0) return;
      const how = inTime ? `with code ${code}` : "only when it was killed";
      throw new FairleadError("internal", `The executor ended ${how}. ${daemon.stderr()}`);
    },
  };
}
