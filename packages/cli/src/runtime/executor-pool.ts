import { join } from "node:path";
import type { FairleadConfig, ResolvedExecutor } from "@fairlead/config";
import { resolveExecutor } from "@fairlead/config";
import { canceledError, createPathMap, FairleadError, type PathMap, type StopTimes } from "@fairlead/core";
import { connectExecutor, type ExecutorSession, startLocalExecutor } from "@fairlead/link";
import { packageFolder } from "../package-folder.js";
import { version } from "../version.js";
import { readExecutorSecrets } from "./executor-secrets.js";
import { ownLabels } from "./own-labels.js";
import { type SharedOpening, shareOpening } from "./shared-opening.js";
import { tellConnection } from "./tell-connection.js";

const executorBinary = join(packageFolder, "bin", "fairlead-executor.js");

/** The executors that one command talks to, each opened when first needed. */
export interface ExecutorPool extends AsyncDisposable {
  /** Opens a session, or gives the one that is open; a lost one is opened anew. @throws FairleadError */
  open(name: string | undefined, signal?: AbortSignal): Promise<ExecutorSession>;
  /** What makes an executor the same one as before, whatever it is called: how it is reached. Holds no secret. */
  identityOf(name: string): string;
  /** The folders that an executor's machine shares with this one; undefined: none are said to be shared. */
  pathMapOf(name: string): PathMap | undefined;
  /** Opens executors as another configuration says from now on. Sessions that are open stay until {@link close}. */
  reconfigure(config: FairleadConfig): void;
  /** Closes every session, which ends everything that was started. A session that is lost has nothing left to end. */
  close(times?: Partial<StopTimes>): Promise<void>;
}

/** What a pool works with. */
export interface ExecutorPoolOptions {
  readonly config: FairleadConfig;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** The home folder, where executors of our own note what they started. */
  readonly home: string;
  /** Prints a line for people. */
  readonly tell: (line: string) => void;
}

/** Makes a pool over the configured executors. */
export function createExecutorPool(options: ExecutorPoolOptions): ExecutorPool {
  let { config } = options;
  /** By identity, so that an executor of another address is another one, whatever its name. */
  const sessions = new Map<string, SharedOpening<ExecutorSession>>();
  /** Openings that everybody gave up, until nothing is left of them. */
  const leaving = new Set<Promise<void>>();

  const close = async (times?: Partial<StopTimes>): Promise<void> => {
    const closing = [...sessions.values()].map(async ({ opened }) => {
      const session = await opened.catch(() => undefined);
      if (session === undefined) return;
      // It has nothing left to end but, where the executor is our own, that.
      if (session.state.state === "lost") {
        await session.close().catch(() => {});
        return;
      }
      const report = await session.close(times);
      const [survivor] = report.survived;
      if (survivor === undefined) return;
      throw new FairleadError(
        "internal",
        `Process ${survivor.pid} (${survivor.name}) on executor ${session.name} could not be ended`,
        { reason: "tree_survived", details: { pid: survivor.pid } },
      );
    });
    sessions.clear();
    await Promise.all([...closing, ...leaving]);
  };

  const startOpening = (executor: ResolvedExecutor, identity: string): SharedOpening<ExecutorSession> => {
    const forget = (): void => {
      if (sessions.get(identity) === opening) sessions.delete(identity);
    };
    const abandon = ({ opened }: SharedOpening<ExecutorSession>): void => {
      forget();
      // It may come up all the same.
      const gone = opened.then((session) => session.close()).then(noop, noop);
      leaving.add(gone);
      void gone.then(() => leaving.delete(gone));
    };
    const opening: SharedOpening<ExecutorSession> = shareOpening(
      (signal) => openSession(executor, options, signal),
      { what: `Executor ${executor.name}`, onGivenUp: () => abandon(opening) },
    );
    sessions.set(identity, opening);
    opening.opened.catch(forget);
    return opening;
  };

  return {
    async open(name, signal) {
      const executor = resolveExecutor(config, name);
      // A start that was given up before its turn came opens nothing.
      if (signal?.aborted === true) throw canceledError(signal, `Executor ${executor.name}`);
      const identity = identityOf(executor);
      const former = sessions.get(identity);
      // One that began earlier may have failed of what is over by now, so that it is tried once more.
      const known = await former?.join(signal).catch((error: unknown) => {
        if (signal?.aborted === true) throw error;
        return undefined;
      });
      // While it is being recovered its calls wait.
      if (known?.state.state === "connected" || known?.state.state === "recovering") return known;
      // Somebody else may have opened a new session while we looked at the old one.
      if (known !== undefined && sessions.get(identity) === former) {
        sessions.delete(identity);
        void known.close().catch(() => {});
      }
      return (sessions.get(identity) ?? startOpening(executor, identity)).join(signal);
    },
    identityOf: (name) => (config.executors.has(name) ? identityOf(resolveExecutor(config, name)) : name),
    pathMapOf: (name) => {
      const pairs = config.executors.get(name)?.pathMap;
      return pairs === undefined ? undefined : createPathMap(pairs);
    },
    reconfigure(next) {
      config = next;
    },
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}

function noop(): void {}

function identityOf(executor: ResolvedExecutor): string {
  return JSON.stringify(executor);
}

async function openSession(
  executor: ResolvedExecutor,
  { env, home, tell }: ExecutorPoolOptions,
  signal: AbortSignal | undefined,
): Promise<ExecutorSession> {
  const client = {
    name: executor.name,
    clientName: "fairlead",
    clientVersion: version,
    labels: ownLabels(),
    signal,
  };
  if (executor.kind !== "configured") {
    const command = [process.execPath, executorBinary] as const;
    return startLocalExecutor({ ...client, command, stateDir: home });
  }
  return connectExecutor({
    ...client,
    onState: tellConnection(executor.name, tell),
    url: executor.url,
    detachTtlMs: executor.detachTtlMs,
    ...(await readExecutorSecrets(executor, env)),
  });
}
