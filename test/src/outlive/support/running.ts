import { type ProcessInfo, processesMatching, type RawClient, waitUntil } from "@fairlead/testkit";
import { executorTable } from "../../failures/support/executor-daemon.js";
import { createScene, type Scene } from "../../failures/support/scene.js";
import { createDisposeStack } from "../../servers/support/dispose-stack.js";
import { ttlMs } from "./limits.js";
import { createTree, describeProcesses, killNow, type Tree } from "./tree.js";

/** What of an executor a host needs to know. */
export interface ExecutorPlace {
  readonly address: string;
  readonly tokenFile: string | undefined;
  readonly pid: number;
}

/** A host that runs a tree on an executor. Disposing it ends all of it, and kills what is left of the tree. */
export interface Running extends AsyncDisposable {
  readonly scene: Scene;
  readonly tree: Tree;
  readonly host: RawClient;
  readonly executor: Helpers;
}

/** An executor as the process table shows it. */
export interface Helpers {
  readonly pid: number;
  /** It and its children that are not of the tree, such as a watchdog; those that live. */
  living(): readonly ProcessInfo[];
  /** Kills it together with its helpers, so that nobody of them can notice the end of another. */
  killAll(): void;
  /** Waits for the end of all of them. */
  waitUntilGone(withinMs: number): Promise<void>;
}

/** How a scene is set up. */
export interface RunningOptions<Remote extends ExecutorPlace & AsyncDisposable> {
  /** Starts the executor; without it the host starts a local one. */
  readonly startRemote?: ((scene: Scene) => Promise<Remote>) | undefined;
  /** Where the host finds it, if not where it is. */
  readonly urlOf?: ((remote: Remote) => string) | undefined;
  /** @default {@link ttlMs}; null: that of the executor */
  readonly detachTtlMs?: number | null | undefined;
}

/** Runs a tree by the built `fairlead run`, on a local executor. */
export async function runLocally(): Promise<Running> {
  return runTree({});
}

/** Runs a tree by the built `fairlead run`, on a remote executor. The caller disposes it; it ends the executor too. */
export async function runRemotely<Remote extends ExecutorPlace & AsyncDisposable>(
  startRemote: (scene: Scene) => Promise<Remote>,
  options: Omit<RunningOptions<Remote>, "startRemote"> = {},
): Promise<Running & { readonly remote: Remote }> {
  const started: { remote?: Remote } = {};
  const running = await runTree({
    ...options,
    startRemote: async (scene) => (started.remote = await startRemote(scene)),
  });
  if (started.remote === undefined) throw new Error("No executor was started");
  return { ...running, remote: started.remote };
}

async function runTree<Remote extends ExecutorPlace & AsyncDisposable>(
  options: RunningOptions<Remote>,
): Promise<Running> {
  const stack = createDisposeStack();
  try {
    const scene = stack.use(await createScene());
    const tree = stack.use(await createTree());
    const remote = await options.startRemote?.(scene);
    if (remote !== undefined) {
      stack.use(remote);
      await scene.configure(farTable(remote, options));
    }
    const place = remote === undefined ? "local" : "far";
    const host = stack.use(await scene.start(["run", "--executor", place, "--", ...tree.argv]));
    await tree.ready(host);
    const pid = remote?.pid ?? localExecutorOf(host.pid);
    return {
      scene,
      tree,
      host,
      executor: watchHelpers(pid, tree),
      [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
    };
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

function farTable<Remote extends ExecutorPlace & AsyncDisposable>(
  remote: Remote,
  { urlOf, detachTtlMs = ttlMs }: RunningOptions<Remote>,
): string {
  const address = urlOf?.(remote) ?? remote.address;
  const ttl = detachTtlMs === null ? [] : [`detach_ttl_sec = ${detachTtlMs / 1_000}`];
  return executorTable("far", { address, tokenFile: remote.tokenFile }, ttl);
}

function localExecutorOf(hostPid: number): number {
  const [executor] = processesMatching(
    ({ ppid, cmdline }) => ppid === hostPid && cmdline.includes("--exit-with-stdin"),
  );
  if (executor === undefined) throw new Error(`Process ${hostPid} has no executor of its own`);
  return executor.pid;
}

/** Notes an executor and those of its children that are not of the tree. */
function watchHelpers(executorPid: number, tree: Tree): Helpers {
  const identities = new Map(
    processesMatching(
      (info) => info.pid === executorPid || (info.ppid === executorPid && !tree.has(info)),
    ).map(({ pid, startTime }) => [pid, startTime]),
  );
  const living = (): readonly ProcessInfo[] =>
    processesMatching(({ pid, startTime }) => identities.get(pid) === startTime);
  return {
    pid: executorPid,
    living,
    killAll: () => {
      // All stand still before the first one dies: a helper that is killed alone would be replaced.
      for (const { pid } of living()) process.kill(pid, "SIGSTOP");
      for (const { pid } of living()) killNow(pid);
    },
    waitUntilGone: async (withinMs) => {
      await waitUntil(() => living().length === 0, {
        withinMs,
        what: () => `The end of the executor and its helpers (left: ${describeProcesses(living())})`,
      });
    },
  };
}
