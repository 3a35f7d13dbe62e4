import { expect } from "vitest";
import { createTestHome } from "./create-test-home.js";
import { createDisposeStack } from "./dispose-stack.js";
import type { ServerCommand } from "./real-servers.js";
import { startTestExecutor } from "./start-test-executor.js";
import { testEnvironment } from "./test-environment.js";

/** How a client reaches a server: without us, through `fairlead serve`, and through that and a daemon. */
export const wayNames = ["direct", "local executor", "separate executor"] as const;

/** One of {@link wayNames}. */
export type WayName = (typeof wayNames)[number];

/** What a client starts to reach the server in one way, and where. */
export interface WayLaunch {
  readonly command: string;
  readonly args: string[];
  readonly env: Record<string, string>;
  readonly cwd: string;
}

/** A client at the end of a way, and whatever a suite wants to know about it. */
export interface WayEnd {
  readonly close: () => Promise<void>;
}

/** One way to a server. */
export type Way<End extends WayEnd> = End & {
  readonly way: WayName;
  /** The name that this client sees for a tool or prompt of the server. */
  readonly exposed: (rawName: string) => string;
  /** The server's own name for a tool or prompt that this client sees. */
  readonly raw: (exposedName: string) => string;
};

/** The same server, reached in all three ways by equal clients. */
export interface ThreeWays<End extends WayEnd> extends AsyncDisposable {
  readonly all: readonly Way<End>[];
  /**
   * Asks the same over every way, at the same time, and expects the answers to be equal to the direct one. What is thrown
   * is an answer too.
   * @param tidy takes out what must differ between two runs of the same server; say at the call what that is
   * @returns the direct answer, tidied
   */
  sameAnswer<T>(ask: (way: Way<End>) => Promise<T>, tidy?: (answer: T, way: Way<End>) => T): Promise<T>;
}

/** The name of the server in the configuration of the gateway. */
const serverName = "srv";

/**
 * Starts a server three times and connects a client to each.
 * @param server gives the server's command; each way has a process of its own
 * @param connect starts what it is told to and connects to it; a failure must leave nothing running
 */
export async function openThreeWays<End extends WayEnd>(
  server: (way: WayName) => ServerCommand,
  connect: (launch: WayLaunch, way: WayName) => Promise<End>,
): Promise<ThreeWays<End>> {
  const stack = createDisposeStack();
  try {
    const executor = stack.use(await startTestExecutor());
    const opening = wayNames.map((way) =>
      openWay({ way, server: server(way), executorUrl: executor.url }, connect),
    );
    // Closed side by side: a server that is slow to end holds nobody else up.
    stack.use({
      [Symbol.asyncDispose]: async () => {
        const opened = (await Promise.allSettled(opening)).flatMap((settled) =>
          settled.status === "fulfilled" ? [settled.value] : [],
        );
        await Promise.all(opened.map(({ end }) => end[Symbol.asyncDispose]()));
      },
    });
    const all = (await Promise.all(opening)).map(({ way }) => way);
    return { all, sameAnswer: createComparison(all), [Symbol.asyncDispose]: stack[Symbol.asyncDispose] };
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

interface WayPlan {
  readonly way: WayName;
  readonly server: ServerCommand;
  readonly executorUrl: string;
}

async function openWay<End extends WayEnd>(
  { way, server, executorUrl }: WayPlan,
  connect: (launch: WayLaunch, way: WayName) => Promise<End>,
): Promise<{ readonly way: Way<End>; readonly end: AsyncDisposable }> {
  const stack = createDisposeStack();
  const executor = way === "separate executor" ? "other" : "local";
  const home = stack.use(
    await createTestHome({
      servers: { [serverName]: { ...server, executor } },
      executors: { other: { url: executorUrl } },
    }),
  );
  const { command, args, env } = server;
  const cwd = home.folder.path;
  const [program, ...serve] = home.command("serve");
  const direct = { command, args, env: { ...testEnvironment(cwd), ...env }, cwd };
  const gateway = { command: program, args: serve, env: { ...home.env }, cwd };
  try {
    const end = await connect(way === "direct" ? direct : gateway, way);
    stack.use({ [Symbol.asyncDispose]: () => end.close() });
    const prefix = way === "direct" ? "" : `${serverName}__`;
    const names = {
      way,
      exposed: (rawName: string) => prefix + rawName,
      raw: (exposedName: string) =>
        exposedName.startsWith(prefix) ? exposedName.slice(prefix.length) : exposedName,
    };
    return { way: { ...end, ...names }, end: stack };
  } catch (cause) {
    await stack[Symbol.asyncDispose]();
    throw new Error(`The client could not connect in the way "${way}"`, { cause });
  }
}

function createComparison<End extends WayEnd>(all: readonly Way<End>[]): ThreeWays<End>["sameAnswer"] {
  return async (ask, tidy = (answer) => answer) => {
    const outcomes = await Promise.all(
      all.map(async (way) => {
        const [settled] = await Promise.allSettled([ask(way)]);
        return settled.status === "rejected"
          ? ({ kind: "thrown", thrown: describeError(settled.reason) } as const)
          : ({ kind: "answer", answer: tidy(settled.value, way) } as const);
      }),
    );
    const [direct, ...gateways] = outcomes;
    for (const [index, outcome] of gateways.entries()) {
      expect(outcome, `through the ${all[index + 1]?.way}`).toEqual(direct);
    }
    if (direct?.kind !== "answer") throw Object.assign(new Error(), direct?.thrown);
    return direct.answer;
  };
}

function describeError(thrown: unknown): object {
  const { message, code, data } = thrown as { message?: unknown; code?: unknown; data?: unknown };
  return { message, code, data };
}
