import { fileURLToPath } from "node:url";
import {
  FairleadError,
  type LaunchedProcess,
  type LaunchSpec,
  type ProcessExit,
  type StopReport,
} from "@fairlead/core";
import { connectExecutor } from "@fairlead/link";
import { createMarker, processesWithMarker, waitUntil } from "@fairlead/testkit";
import { hadNoConsole, withWineConsole } from "./wine-console.js";
import { startWineExecutor, type WineExecutor } from "./wine-executor.js";
import type { WineMachine } from "./wine-machine.js";

/** A tree of `fixtures/tree.mjs` that is complete. */
export interface WindowsTree {
  readonly process: LaunchedProcess;
  /** In the arguments of each of its processes. */
  readonly marker: string;
  /** What the root said so far. */
  readonly said: () => string;
}

/** Launches a tree of a kind that the fixture knows. */
export type LaunchTree = (kind: string, more?: Partial<LaunchSpec>) => Promise<WindowsTree>;

/** Where, and with what in the executor's environment. */
export interface TreePlace {
  readonly machine: WineMachine | undefined;
  readonly env?: Readonly<Record<string, string>>;
  /** A program there that starts the fixture. @default none */
  readonly through?: string;
}

const node = "C:\\nodejs\\node.exe";
/** The fixture, as Windows finds it. */
export const treeScript = `Z:${fileURLToPath(new URL("../fixtures/tree.mjs", import.meta.url)).replaceAll("/", "\\")}`;
/** Node under Wine loads its modules several times slower than elsewhere, and a tree is three of it. */
const startLimitMs = 60_000;

/** Does something with an executor of its own on a Windows machine, which is closed in good order. */
export async function withTrees(
  { machine, env, through }: TreePlace,
  act: (executor: WineExecutor, launch: LaunchTree) => Promise<void>,
): Promise<void> {
  if (machine === undefined) throw new FairleadError("internal", "There is no Windows machine");
  await using executor = await startWineExecutor(machine, env);
  const { address: url, token } = executor;
  const names = { name: "windows", clientName: "test", clientVersion: "0" };
  await using session = await connectExecutor({ url, token, ...names });
  const attempt = async (
    kind: string,
    more: Partial<LaunchSpec> | undefined,
  ): Promise<WindowsTree | undefined> => {
    const marker = createMarker();
    let said = "";
    const process = await session.launcher.launch(
      {
        program: through ?? node,
        args: [...(through === undefined ? [] : [node]), treeScript, kind, marker],
        ...more,
      },
      {
        onOutput: (name, chunk) => {
          said += Buffer.from(chunk).toString();
          process.consumed(name, chunk.byteLength);
        },
      },
    );
    let exit: ProcessExit | undefined;
    void process.closed.then(async () => (exit = await process.exited));
    const what = (): string => `The ${kind} tree said ${JSON.stringify(said)}, and is ${shapeOf(marker)}. It`;
    await waitUntil(() => /ready|failed/.test(said) || exit !== undefined, { withinMs: startLimitMs, what });
    if (said.includes("ready")) return { process, marker, said: () => said };
    if (exit !== undefined && hadNoConsole(exit)) return undefined;
    throw new FairleadError("unavailable", `${what()} ended: ${JSON.stringify(exit)}`);
  };
  const launch: LaunchTree = (kind, more) => withWineConsole(() => attempt(kind, more));
  try {
    await act(executor, launch);
  } catch (error) {
    // What it finds wrong with itself it tells only there.
    if (executor.stderr() !== "") process.stderr.write(`The executor said: ${executor.stderr()}\n`);
    throw error;
  }
}

/** The kinds of a tree that run, so that a failure tells how far it came. */
function shapeOf(marker: string): string {
  const kinds = processesWithMarker(marker).map(({ cmdline }) => cmdline[cmdline.indexOf(marker) - 1]);
  return JSON.stringify(kinds);
}

/** How many of our own programs ended how. Windows adds its own to a tree, for the console. */
export function counts({
  ended,
  forced,
  survived,
  blindSpots,
}: StopReport): Readonly<Record<string, number>> {
  return {
    ended: ourCount(ended),
    forced: ourCount(forced),
    survived: survived.length,
    blindSpots: blindSpots.length,
  };
}

function ourCount(processes: StopReport["ended"]): number {
  return processes.filter(({ name }) => name === "node.exe").length;
}
