import { setMaxListeners } from "node:events";
import type { ServerConfig } from "@fairlead/config";
import { createStartGate } from "@fairlead/host";
import type { CommandContext } from "../commands/context.js";
import { type CheckChain, type CheckResult, ok } from "./check.js";
import { executorChain } from "./executor/executor-chain.js";
import { createExecutorFacts, type ExecutorFacts } from "./executor/executor-facts.js";
import { type Ledger, runChain } from "./run-chain.js";
import { executorsOf, serverChain } from "./server/server-chain.js";
import { createServerFacts } from "./server/server-facts.js";
import { checkServerSettings } from "./server/server-settings.js";

/** What is looked at, and what is told meanwhile. */
export interface DiagnosisOptions {
  readonly context: CommandContext;
  readonly servers: readonly ServerConfig[];
  /** Whether one that is switched off is looked at all the same: somebody named it. */
  readonly isNamed: boolean;
  readonly fixes: boolean;
  /** Told of each set of checks that is done, in the order in which they are shown. */
  readonly onChain: (chain: CheckChain, results: readonly CheckResult[]) => void;
}

/**
 * Looks at executors and servers: executors at once beside each other, each server after its executor, a few at a time on
 * each machine. Whatever was started is stopped.
 * @throws FairleadError `canceled`
 */
export async function diagnoseServers(options: DiagnosisOptions): Promise<void> {
  const { context, servers, fixes, onChain } = options;
  const run = { ledger: new Map() as Ledger, fixes, signal: context.signal };
  const working = servers.filter(({ enabled }) => enabled || options.isNamed);
  const gate = createStartGate();
  // Every executor and server that is looked at listens for an interruption.
  setMaxListeners(0, context.signal);
  const machines = new Map<string, Machine>();
  for (const name of executorsOf(working)) {
    const machine = toMachine(name, options, run);
    if (machine !== undefined) machines.set(name, machine);
  }
  const ofServers = servers.map((server): Running => {
    if (!working.includes(server)) return running(restingChain(server), run);
    const machine = machines.get(server.executor);
    const facts = machine?.facts;
    const chain = async (): Promise<Done> => {
      await machine?.running.done;
      return gate.run(server.executor, () => runServer({ server, executor: facts, context }, run));
    };
    return { done: chain() };
  });
  const all = [...[...machines.values()].map((machine) => machine.running), ...ofServers];
  // Every one is waited for, so that nothing is under way when the context is closed.
  const settled = Promise.allSettled(all.map(({ done }) => done));
  try {
    for (const { done } of all) {
      const { chain, results } = await done;
      onChain(chain, results);
    }
  } finally {
    await settled;
  }
}

interface Done {
  readonly chain: CheckChain;
  readonly results: readonly CheckResult[];
}

interface Running {
  readonly done: Promise<Done>;
}

interface Machine {
  readonly facts: ExecutorFacts;
  readonly running: Running;
}

interface ServerRun {
  readonly server: ServerConfig;
  readonly executor: ExecutorFacts | undefined;
  readonly context: CommandContext;
}

type RunWith = Parameters<typeof runChain>[1];

function running(chain: CheckChain, run: RunWith): Running {
  return { done: runChain(chain, run).then((results) => ({ chain, results })) };
}

/** Undefined where there is none of that name, which its servers tell. */
function toMachine(name: string, { context }: DiagnosisOptions, run: RunWith): Machine | undefined {
  const isKnown = name === "local" || name === "embedded" || context.config.executors.has(name);
  if (!isKnown) return undefined;
  const facts = createExecutorFacts(name, context);
  return { facts, running: running(executorChain(facts), run) };
}

async function runServer({ server, executor, context }: ServerRun, run: RunWith): Promise<Done> {
  const reached = executor ?? unusedExecutor(server, context);
  await using facts = createServerFacts(server, reached ?? nobody(server.executor), context);
  const chain = serverChain({
    server,
    executor,
    facts: () => facts,
    settings: () => checkServerSettings(server, context.config),
  });
  return { chain, results: await runChain(chain, run) };
}

/** A server with an address that is reached from here needs none, and nobody looks at one for it. */
function unusedExecutor(server: ServerConfig, context: CommandContext): ExecutorFacts | undefined {
  return server.transport === "http" && server.executor === "local"
    ? createExecutorFacts(server.executor, context)
    : undefined;
}

/** Stands where there is no executor: the checks that would ask it are not made. */
function nobody(name: string): ExecutorFacts {
  const never = (): Promise<never> => Promise.reject(new Error(`There is no executor ${name}`));
  return { name, config: undefined, env: {}, readSecrets: never, opening: never, session: never };
}

function restingChain(server: ServerConfig): CheckChain {
  return {
    executor: server.executor,
    server: server.name,
    checks: [
      { id: "server-config", machine: "host", run: () => ok("it is switched off", { enabled: false }) },
    ],
  };
}
