import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import {
  createMarker,
  createTempFolder,
  type ProcessInfo,
  processesMatching,
  type RawClient,
  readCompleteFile,
  spawnRawClient,
  waitUntil,
} from "@fairlead/testkit";
import { expect } from "vitest";

const program = fileURLToPath(new URL("../fixtures/tree.mjs", import.meta.url));
const startsWithinMs = 15_000;

/**
 * A tree of processes that try to stay, one of each kind; see fixtures/tree.mjs. They are counted by a marker in their
 * environment and, where they cleared it, by the pids that they reported. Disposing it kills what is left.
 */
export interface Tree extends AsyncDisposable {
  /** What its processes carry in their environment. */
  readonly marker: string;
  /** Program and arguments that start it. */
  readonly argv: readonly [string, ...string[]];
  /** Waits until all of it runs. @param printer whoever passes the tree's output on */
  ready(printer: Pick<RawClient, "nextMessage">): Promise<void>;
  /** All that lives of it. */
  survivors(): readonly ProcessInfo[];
  /** Whether this process belongs to it. */
  has(info: ProcessInfo): boolean;
  /** Waits for the end of all of it. @returns the milliseconds that it took */
  waitUntilGone(withinMs: number): Promise<number>;
  /** How many times it was started. */
  startCount(): Promise<number>;
  /** Checks that none of its processes has ended since it was ready. */
  expectUntouched(): void;
}

/** Makes a tree's folder; nothing runs yet. */
export async function createTree(): Promise<Tree> {
  const folder = await createTempFolder("ft-");
  const marker = createMarker();
  const identities = new Map<number, number>();
  await folder.write("marker", `${marker}\n`);

  const has = ({ pid, startTime, environ = [] }: ProcessInfo): boolean =>
    identities.get(pid) === startTime || environ.some((entry) => entry.includes(marker));
  const survivors = (): readonly ProcessInfo[] => processesMatching(has);

  return {
    marker,
    argv: [process.execPath, program, folder.path],
    has,
    survivors,
    ready: async (printer) => {
      const { tree: names } = await printer.nextMessage((message) => "tree" in message, startsWithinMs);
      const pids = new Map<string, number>();
      for (const name of names as readonly string[]) {
        pids.set(name, Number(await readCompleteFile(folder.file(`${name}.pid`), { withinMs: 1_000 })));
      }
      const reported = new Set(pids.values());
      const isStopped = (): boolean =>
        processesMatching(({ pid, state }) => pid === pids.get("stopped") && state === "T").length === 1;
      await waitUntil(isStopped, { withinMs: 2_000, what: "the stop of the stopped process" });
      for (const { pid, startTime } of processesMatching((info) => reported.has(info.pid) || has(info))) {
        identities.set(pid, startTime);
      }
      for (const [name, pid] of pids) expect(identities.has(pid), `${name} runs`).toBe(true);
    },
    waitUntilGone: async (withinMs) => {
      const startedAtMs = performance.now();
      // A process that forks and ends during a look hides its child from that look, but not from the next one.
      let emptyLooks = 0;
      const isGone = (): boolean => {
        emptyLooks = survivors().length === 0 ? emptyLooks + 1 : 0;
        return emptyLooks === 2;
      };
      await waitUntil(isGone, { withinMs, what: () => `The end of ${describeProcesses(survivors())}` });
      return performance.now() - startedAtMs;
    },
    startCount: async () => (await readFile(folder.file("starts"), "utf8")).trimEnd().split("\n").length,
    expectUntouched: () => {
      const living = new Set(survivors().map(({ pid }) => pid));
      expect(identities.size).toBeGreaterThan(8);
      expect([...identities.keys()].filter((pid) => !living.has(pid))).toEqual([]);
    },
    [Symbol.asyncDispose]: async () => {
      for (const { pid } of survivors()) killNow(pid);
      await waitUntil(() => survivors().length === 0, { withinMs: 2_000, what: "the end of a killed tree" });
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** A tree that somebody else started, of the same programs: nobody may touch it. */
export async function startBystander(): Promise<Tree> {
  const tree = await createTree();
  const client = await spawnRawClient(tree.argv);
  try {
    await tree.ready(client);
  } catch (error) {
    await client[Symbol.asyncDispose]();
    await tree[Symbol.asyncDispose]();
    throw error;
  }
  const dispose = tree[Symbol.asyncDispose];
  return {
    ...tree,
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      await dispose();
    },
  };
}

/** Kills a process; one that is gone is no error. */
export function killNow(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** For an error message; environments stay out. */
export function describeProcesses(processes: readonly ProcessInfo[]): string {
  return processes.map(({ pid, state, cmdline }) => `${pid} (${state}) ${cmdline.join(" ")}`).join("; ");
}
