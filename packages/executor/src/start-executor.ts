import {
  defaultDetachTtlMs,
  defaultExecutorLimits,
  type ExecutorLimits,
  type FairleadError,
  type StopReport,
  type StopTimes,
  settlesWithinMs,
} from "@fairlead/core";
import {
  createFiles,
  createHttpClient,
  createLocalLauncher,
  createSearchPath,
  describeMachine,
  hasPty,
  openTreeKeeper,
  probeLaunch,
} from "@fairlead/machine";
import {
  addStandardServices,
  type HandleOptions,
  handle,
  quietTransportLog,
  services,
  toMachineMessage,
  widenServerWindows,
} from "@fairlead/wire";
import { Server } from "@grpc/grpc-js";
import type { ExecutorFacts } from "./executor-facts.js";
import { type ListenerOptions, prepareListener } from "./listen/open-listener.js";
import { createFilesService } from "./services/files-service.js";
import { createHttpService } from "./services/http-service.js";
import { createMachineService } from "./services/machine-service.js";
import { createProcessService } from "./services/process-service.js";
import { createSessionService } from "./services/session-service.js";
import { SessionRegistry } from "./session/session-registry.js";

/** How long streams may still deliver their last frames once everything was stopped. */
const farewellMs = 1_000;
/**
 * Streams that one connection may have open beside those of its processes: a call takes one, and a client that opens
 * streams without end would else take memory without end, before it has even said who it is.
 */
const spareStreams = 1_024;

/** How to run an executor. */
export interface ExecutorOptions extends Omit<ListenerOptions, "stateDir"> {
  /**
   * An existing private folder for the token and the journal of what was started. Executors that share one reap what a
   * dead one left, and do not disturb each other.
   */
  readonly stateDir: string;
  readonly version: string;
  /**
   * The folders, as path URIs, inside which clients may use files.
   * @default the home folder of the executor's user, and its working folder unless that is the top of the file system
   */
  readonly fileRoots?: readonly string[] | undefined;
  /** @default the table in docs/architecture.md; a test may lower them */
  readonly limits?: Partial<ExecutorLimits> | undefined;
  /**
   * The PATH of what is started here: `own` is the one of this process, `login` the one that a user of this machine has after
   * logging in, with the folders of our own behind it. @default own
   */
  readonly searchPath?: "own" | "login" | undefined;
  /** Told about failures that are bugs of ours. @default ignored */
  readonly onInternalError?: (error: FairleadError, where: string) => void;
}

/** A running executor. Closing it ends every process tree that it started. */
export interface Executor extends AsyncDisposable {
  /** Where clients connect: `unix://…`, `grpc://…` or `grpcs://…`. */
  readonly address: string;
  /** The file that holds the bearer token; undefined where none is needed. */
  readonly tokenPath: string | undefined;
  /** What executors that died had left behind in the same state folder; it was ended before this one took its address. */
  readonly reaped: StopReport;
  /**
   * Takes no more sessions, stops every tree and then the server. Calling it again with shorter times hurries the first
   * call; both answer the same report.
   */
  close(times?: Partial<StopTimes>): Promise<StopReport>;
}

/**
 * Starts an executor in this process.
 * @throws FairleadError `usage` for an address that cannot be used safely, `already_exists` if it is taken
 */
export async function startExecutor(options: ExecutorOptions): Promise<Executor> {
  quietTransportLog();
  widenServerWindows();
  const limits: ExecutorLimits = { ...defaultExecutorLimits, ...options.limits };
  const files = createFiles({ roots: options.fileRoots });
  const listener = await prepareListener(options);
  const keeper = await openTreeKeeper({
    stateDir: options.stateDir,
    onProblem: (error) => options.onInternalError?.(error, "keeping trees"),
  }).catch(async (error: unknown) => {
    await listener.release();
    throw error;
  });
  const { argumentBytes, environmentBytes, drainMs } = limits;
  let closing: Promise<StopReport> | undefined;
  const searchPath =
    options.searchPath === "login"
      ? // A shell that is ended because everything is says nothing about the PATH.
        createSearchPath({
          register: keeper,
          onWarning: (text) => (closing === undefined ? options.onWarning?.(text) : undefined),
        })
      : undefined;
  const launcher = createLocalLauncher({ keeper, searchPath, argumentBytes, environmentBytes, drainMs });
  const registry = new SessionRegistry(limits, launcher, options.onInternalError);
  const http = createHttpClient();
  const facts = createFacts(options.version, await hasPty());
  const server = new Server({
    "grpc.max_receive_message_length": 2 * limits.frameMaxBytes,
    // A session may have four times as many processes that ended as run, and somebody may read what each of them left.
    "grpc.max_concurrent_streams": spareStreams + 4 * limits.processesPerSession,
    "grpc.keepalive_time_ms": limits.heartbeatMs,
    "grpc.keepalive_timeout_ms": limits.heartbeatMs * (limits.heartbeatsMissed - 1),
  });
  const shared: HandleOptions = {
    identify: listener.identify,
    onInternalError: options.onInternalError ?? (() => {}),
  };
  const ttlMs = listener.sameMachine ? defaultDetachTtlMs.sameMachine : defaultDetachTtlMs.network;
  const sessionHandlers = createSessionService({
    registry,
    facts,
    defaultDetachTtlMs: ttlMs,
    onOpened: () => {
      keeper.warmUp();
      // Whoever opens a session is about to start something, and a shell takes its time.
      void searchPath?.();
    },
  });
  handle(server, services.SessionService.service, { ...sessionHandlers }, shared);
  const processHandlers = createProcessService(registry, (question) =>
    probeLaunch(question, { searchPath, register: keeper }),
  );
  handle(server, services.ProcessService.service, { ...processHandlers }, shared);
  handle(server, services.MachineService.service, { ...createMachineService(registry, facts) }, shared);
  handle(server, services.HttpService.service, { ...createHttpService(registry, http.fetch) }, shared);
  const filesService = createFilesService(registry, files);
  handle(server, services.FilesService.service, { ...filesService.handlers }, shared);
  const health = addStandardServices(server, shared);
  const address = await listener.bind(server).catch(async (error: unknown) => {
    await http.close();
    await keeper.close();
    await listener.release();
    throw error;
  });

  const close = async (times?: Partial<StopTimes>): Promise<StopReport> => {
    if (closing !== undefined) {
      registry.endAll("executor_shutdown", times).catch(() => {});
      return closing;
    }
    closing = (async () => {
      health.notServing();
      try {
        return await registry.endAll("executor_shutdown", times);
      } finally {
        // Whatever fails: a server left open would keep the process, a keeper left open its trees.
        await inTurn([
          () => shutDown(server),
          () => http.close(),
          () => settlesWithinMs(filesService.idle(), farewellMs),
          () => listener.release(),
          () => keeper.close(),
        ]);
      }
    })();
    return closing;
  };
  return {
    address,
    tokenPath: listener.tokenPath,
    reaped: keeper.reaped,
    close,
    [Symbol.asyncDispose]: async () => void (await close()),
  };
}

function createFacts(version: string, hasTerminals: boolean): ExecutorFacts {
  return {
    features: [
      "files",
      "http",
      "probe",
      ...(hasTerminals ? ["pty"] : []),
      ...(process.platform === "win32" ? [] : ["shell_profile"]),
    ],
    startedAtMs: performance.now(),
    machine: () => toMachineMessage({ ...describeMachine(), executorVersion: version }),
  };
}

/** Does every step, whatever the others do. @throws what the first one that failed threw */
async function inTurn(steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) await step().catch((failure: unknown) => failures.push(failure));
  if (failures.length > 0) throw failures[0];
}

async function shutDown(server: Server): Promise<void> {
  const forced = setTimeout(() => server.forceShutdown(), farewellMs);
  await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  clearTimeout(forced);
}
