import { readdir, readFile } from "node:fs/promises";
import { connectExecutor, type ExecutorSession } from "@fairlead/link";
import { createLocalLauncher, openTreeKeeper } from "@fairlead/machine";
import {
  createTempFolder,
  type ProcessInfo,
  processesMatching,
  processesWithMarker,
  waitUntil,
} from "@fairlead/testkit";
import type { ExecutorDaemon } from "../../failures/support/executor-daemon.js";
import type { Scene } from "../../failures/support/scene.js";
import { launchScript } from "../../lifetimes/support/launch.js";

/** Whether cgroups can be made here: without them a double fork with an empty environment cannot be found. */
const canMakeCgroups: boolean = await tryCgroup();

/** Goes on for ever and heeds nothing but SIGKILL; `$0` is the marker. */
const stubborn = "trap '' TERM HUP INT; while :; do sleep 0.05; done";

/** Shapes in which programs leave their parents, all of them stubborn, and how many processes each keeps. */
const stubbornTrees: readonly (readonly [name: string, script: string])[] = [
  ["a wrapper that waits", `sh -c "${stubborn}" $0 & echo ready; wait`],
  ["a wrapper in a wrapper", `sh -c 'sh -c "${doubled(stubborn)}" $0 & echo ready; wait' $0; true`],
  [
    "a double fork in a session of its own",
    `setsid sh -c '(sh -c "${doubled(stubborn)}" $0 &)' $0; echo ready; ${stubborn}`,
  ],
  [
    "a session without our environment",
    `setsid --wait env -i sh -c "${stubborn}" $0 & echo ready; ${stubborn}`,
  ],
];

/** Found by cgroup alone. */
const hiddenTree: readonly [name: string, script: string] = [
  "a double fork in a session of its own without our environment",
  `env -i setsid sh -c '(sh -c "${doubled(stubborn)}" $0 &)' $0; echo ready; cat`,
];

/** Every shape that can be found here. */
export const allTrees: readonly (readonly [name: string, script: string])[] = canMakeCgroups
  ? [...stubbornTrees, hiddenTree]
  : stubbornTrees;

/** Living processes with the marker, those of the daemons apart. */
export function treeProcesses(
  scene: Scene,
  daemons: readonly Pick<ExecutorDaemon, "pid">[],
): readonly ProcessInfo[] {
  const own = new Set(daemons.map(({ pid }) => pid));
  return processesWithMarker(scene.marker).filter(({ pid }) => !own.has(pid));
}

/** A session that may lose its executor: then there is nothing to close, and that is no failure. */
export async function connectDoomed(
  daemon: Pick<ExecutorDaemon, "address">,
): Promise<{ readonly session: ExecutorSession } & AsyncDisposable> {
  const session = await connectExecutor({
    url: daemon.address,
    clientName: "test",
    clientVersion: "0",
    detachTtlMs: 1_000,
  });
  return {
    session,
    [Symbol.asyncDispose]: async () => {
      // Closing one that cannot be reached takes longer than giving it up.
      if (session.state.state === "recovering") await session.lost;
      await session.close().catch(() => undefined);
    },
  };
}

/** Starts every shape; settles when all of them are ready. */
export async function startTrees(scene: Scene, session: ExecutorSession): Promise<void> {
  for (const [, script] of allTrees) await (await launchScript(session, scene.marker, script)).ready;
}

/** The helper processes that watch a daemon, each named for ever by pid and start time. */
export function watchdogsOf(daemon: Pick<ExecutorDaemon, "pid">): readonly ProcessInfo[] {
  return processesMatching(({ ppid, cmdline }) => ppid === daemon.pid && isWatchdog(cmdline));
}

/** Waits until processes have ended. @returns the milliseconds that it took */
export async function waitUntilEnded(gone: readonly ProcessInfo[], withinMs: number): Promise<number> {
  const startedAtMs = performance.now();
  const isLeft = (): boolean =>
    processesMatching(({ pid, startTime }) =>
      gone.some((each) => each.pid === pid && each.startTime === startTime),
    ).length > 0;
  await waitUntil(() => !isLeft(), { withinMs, what: "The end of the watchdog" });
  return performance.now() - startedAtMs;
}

/** The journals in a scene's home, as text by file name. */
export async function journals(scene: Scene): Promise<ReadonlyMap<string, string>> {
  const folder = scene.folder.file("home/run/trees");
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(names.map((name) => readFile(`${folder}/${name}`, "utf8")));
  return new Map(names.map((name, index) => [name, texts[index] ?? ""]));
}

function isWatchdog(cmdline: readonly string[]): boolean {
  return cmdline[0]?.startsWith("fairlead-watchdog") === true;
}

/** For a script inside of single quotes inside of a script: what the outer shell must not expand. */
function doubled(script: string): string {
  return script.replaceAll("'", `'"'"'`);
}

async function tryCgroup(): Promise<boolean> {
  await using folder = await createTempFolder("cg-");
  await using keeper = await openTreeKeeper({ stateDir: folder.path });
  const child = await createLocalLauncher({ keeper }).launch(
    { program: "true", args: [] },
    { onOutput: () => {} },
  );
  const { blindSpots } = await child.stop();
  if (blindSpots.length > 0)
    process.stdout.write(`Not everything is tested here: ${blindSpots.join("; ")}\n`);
  return blindSpots.length === 0;
}
