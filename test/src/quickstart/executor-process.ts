import { FairleadError } from "@fairlead/core";
import { type DaemonProcess, startDaemon } from "@fairlead/machine";
import { binaryCommand, type TempFolder } from "@fairlead/testkit";

/** An executor in a process of its own. Whoever started it owns it. */
export interface ExecutorProcess extends AsyncDisposable {
  readonly pid: number;
  /** Where clients connect. */
  readonly address: string;
  /** Ends it, and all that it started; calling it again does nothing. */
  close(): Promise<void>;
}

/**
 * Starts the built `fairlead-executor serve` on a unix socket in the folder, which also holds its state.
 * @param env set above our own environment
 * @throws FairleadError `unavailable` if it ends before it has said its address
 */
export async function startExecutorProcess(
  folder: TempFolder,
  env: Readonly<Record<string, string>>,
): Promise<ExecutorProcess> {
  const listen = `unix://${folder.file("x.sock")}`;
  const [program = process.execPath, ...args] = binaryCommand("fairlead-executor");
  const daemon = await startDaemon({
    program,
    args: [...args, "serve", "--listen", listen, "--state-dir", folder.path, "--exit-with-stdin", "--json"],
    env,
  });
  try {
    const address = readAddress(await daemon.firstLine);
    return { pid: daemon.pid, address, close: () => end(daemon), [Symbol.asyncDispose]: () => end(daemon) };
  } catch (error) {
    await end(daemon);
    throw error;
  }
}

async function end(daemon: DaemonProcess): Promise<void> {
  await daemon.stop();
}

function readAddress(line: string): string {
  const told = JSON.parse(line) as { readonly address?: unknown };
  if (typeof told.address === "string") return told.address;
  throw new FairleadError("protocol", `The executor printed no address but ${line}`, { effect: "none" });
}
