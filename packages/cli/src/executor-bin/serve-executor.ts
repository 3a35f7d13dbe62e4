import { mkdir, realpath, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FairleadError, hastyStopTimes } from "@fairlead/core";
import { type Executor, startExecutor } from "@fairlead/executor";
import { hardenProcess } from "@fairlead/machine";
import type { Terminal } from "../output/terminal.js";
import { version } from "../version.js";
import { noteExecutor } from "./executor-note.js";
import { type ExecutorPlace, resolvePlace } from "./executor-place.js";

/** The flags of `fairlead-executor serve`. */
export interface ServeExecutorFlags extends ExecutorPlace {
  readonly searchPath?: "login" | "own";
  readonly exitWithStdin?: boolean;
  readonly json?: boolean;
}

/** Runs an executor until it is told to end; then every tree that it started is gone. */
export async function serveExecutor(flags: ServeExecutorFlags, terminal: Terminal): Promise<void> {
  const hardened = hardenProcess();
  const place = await resolvePlace(flags);
  const { stateDir } = place;
  if (flags.listen === undefined) await mkdir(join(stateDir, "run"), { recursive: true, mode: 0o700 });
  const executor = await startExecutor({
    ...place,
    version,
    // One that a host starts for itself has that host's environment, which is the one that counts on this machine.
    searchPath: flags.searchPath ?? (flags.exitWithStdin === true ? "own" : "login"),
    onWarning: (text) => terminal.tell(`fairlead-executor: ${text}`),
    onInternalError: (error, where) => terminal.tell(`fairlead-executor: ${where}: ${error.message}`),
  });
  const ended = waitForEnd(executor, flags.exitWithStdin === true);
  // A bug must not leave anybody's processes behind: say what it was, end them all, then exit.
  process.on("uncaughtException", (error) => {
    terminal.tell(`fairlead-executor: stopping after an internal error: ${error.stack ?? error.message}`);
    process.exitCode = 1;
    void executor.close(hastyStopTimes).finally(() => process.exit(1));
  });
  // Whoever reads the address may rely on it.
  await hardened;
  tellReaped(executor, terminal);
  // One that a host started for itself is nobody else's.
  const forget = flags.exitWithStdin === true ? undefined : await noteExecutor(place, executor);
  announce(executor, flags, terminal);
  const report = await ended;
  await forget?.();
  if (flags.exitWithStdin === true && executor.address.startsWith("unix://")) {
    // The folder was made for this executor alone; anything else in it keeps it.
    const folder = dirname(executor.address.slice("unix://".length));
    const isState = (await realpath(folder).catch(() => folder)) === stateDir;
    if (isState) for (const name of ["run/trees", "run"]) await removeIfEmpty(join(folder, name));
    await removeIfEmpty(folder);
  }
  const [survivor] = report.survived;
  if (survivor !== undefined) {
    throw new FairleadError("internal", `Process ${survivor.pid} (${survivor.name}) could not be ended`, {
      reason: "tree_survived",
      details: { pid: survivor.pid },
    });
  }
  // Everything is closed; a stdin that was never read to its end must not keep the process.
  process.stdin.destroy();
}

async function removeIfEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch(() => {});
}

function tellReaped({ reaped }: Executor, terminal: Terminal): void {
  const count = reaped.ended.length + reaped.forced.length;
  const left = reaped.survived.map(({ pid, name }) => `${pid} (${name})`).join(", ");
  if (count > 0) {
    const what = count === 1 ? "1 process" : `${count} processes`;
    terminal.tell(`fairlead-executor: ended ${what} that an executor left behind when it died`);
  }
  if (left !== "")
    terminal.tell(`fairlead-executor: could not end what a dead executor left behind: ${left}`);
}

function announce(executor: Executor, flags: ServeExecutorFlags, terminal: Terminal): void {
  const { address, tokenPath } = executor;
  if (flags.json === true) {
    const token = tokenPath === undefined ? {} : { tokenFile: tokenPath };
    terminal.print(JSON.stringify({ address, pid: process.pid, version, ...token }));
    return;
  }
  terminal.print(`Listening on ${address}`);
  if (tokenPath !== undefined) terminal.print(`Hosts need the token in ${tokenPath}`);
}

function waitForEnd(executor: Executor, exitWithStdin: boolean): ReturnType<Executor["close"]> {
  return new Promise((resolve, reject) => {
    let signals = 0;
    const end = (times?: Parameters<Executor["close"]>[0]): void => {
      executor.close(times).then(resolve, reject);
    };
    const onSignal = (): void => {
      signals += 1;
      end(signals > 1 ? { stdinGraceMs: 0, termGraceMs: 0 } : undefined);
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
    // On Windows also what a console says that closes.
    process.on("SIGHUP", onSignal);
    if (process.platform === "win32") process.on("SIGBREAK", onSignal);
    if (!exitWithStdin) return;
    process.stdin.on("error", () => end(hastyStopTimes));
    process.stdin.on("end", () => end(hastyStopTimes));
    process.stdin.resume();
  });
}
