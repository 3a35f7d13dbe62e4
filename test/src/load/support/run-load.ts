import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createSeededRandom, createTestRandom, processesWithMarker } from "@fairlead/testkit";
import { type Gateway, startGateway } from "./gateway.js";
import { agentMarker, createLedger, type Ledger } from "./ledger.js";
import { LoadAgent } from "./load-agent.js";
import type { Reading } from "./slope.js";

/** How much load, and for how long. */
export interface LoadOptions {
  readonly agents: number;
  /** Servers that all agents use one copy of. */
  readonly shared: number;
  /** Servers of which every agent has its own copy. */
  readonly own: number;
  readonly warmUpMs: number;
  /** How long it is measured after that. */
  readonly measuredMs: number;
  /** Mean pause of an agent between two calls. */
  readonly pauseMs: number;
  /** How often one of the agents leaves and comes back. */
  readonly leaveEveryMs: number;
}

/** What came of it. */
export interface LoadOutcome {
  readonly ledger: Ledger;
  /** Bytes of the gateway's heap, from the end of the warm-up on. */
  readonly heap: readonly Reading[];
  /** Server processes while all agents were there. */
  readonly serverProcesses: number;
  /** What the gateway wrote to stderr. */
  readonly stderr: string;
}

const tinyServer = fileURLToPath(new URL("../fixtures/tiny-server.mjs", import.meta.url));
const readEveryMs = 5_000;
/** Small heaps and few threads: there are two hundred of them. */
const nodeFlags = ["--v8-pool-size=0", "--max-semi-space-size=1"];

/** Starts a gateway and its agents, lets them work, and ends everything. Fails if a process is left. */
export async function runLoad(options: LoadOptions): Promise<LoadOutcome> {
  const random = createTestRandom("load");
  const shared = names("all", options.shared);
  const own = names("own", options.own);
  const servers = Object.fromEntries(
    [...shared, ...own].map((name) => [
      name,
      {
        command: process.execPath,
        args: [...nodeFlags, tinyServer, name],
        share: own.includes(name) ? ("client" as const) : ("all" as const),
      },
    ]),
  );
  const ledger = createLedger();
  await using gateway = await startGateway({ servers });
  const agents = Array.from({ length: options.agents }, (_, index) => {
    const seed = random.integer(0, 2 ** 32 - 1);
    return new LoadAgent({
      url: gateway.url,
      token: gateway.token,
      marker: agentMarker(index, seed),
      random: createSeededRandom(seed),
      ledger,
      shared,
      own,
    });
  });
  await Promise.all(
    agents.map(async (agent) => {
      await agent.join();
      await agent.callAll();
    }),
  );
  const serverProcesses = countServers(gateway);
  const heap = await work(agents, gateway, options);
  await Promise.all(agents.map((agent) => agent.leave()));
  return { ledger, heap, serverProcesses, stderr: gateway.process.stderr() };
}

async function work(
  agents: readonly LoadAgent[],
  gateway: Gateway,
  options: LoadOptions,
): Promise<readonly Reading[]> {
  const startedAtMs = performance.now();
  const endsAtMs = startedAtMs + options.warmUpMs + options.measuredMs;
  const leavers = new Set<LoadAgent>();
  const live = async (agent: LoadAgent, index: number): Promise<void> => {
    // Apart from each other, so that no beat forms.
    await pause((options.pauseMs * index) / agents.length);
    while (performance.now() < endsAtMs) {
      if (leavers.delete(agent)) {
        await agent.leave();
        await agent.join();
      }
      await agent.act();
      await pause(options.pauseMs);
    }
  };
  let nextLeaver = 0;
  const chooseLeavers = setInterval(() => {
    const agent = agents[nextLeaver % agents.length];
    nextLeaver += 1;
    if (agent !== undefined) leavers.add(agent);
  }, options.leaveEveryMs);
  const heap: Reading[] = [];
  const read = async (): Promise<void> => {
    await pause(options.warmUpMs);
    for (let atMs = performance.now(); atMs < endsAtMs; atMs = performance.now()) {
      heap.push({ atMs, value: await gateway.heapUsedBytes() });
      await pause(Math.max(0, Math.min(readEveryMs, endsAtMs - performance.now())));
    }
  };
  try {
    await Promise.all([read(), ...agents.map(live)]);
  } finally {
    clearInterval(chooseLeavers);
  }
  return heap;
}

function countServers({ home }: Gateway): number {
  return processesWithMarker(home.marker).filter(({ cmdline }) => cmdline.includes(tinyServer)).length;
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index + 1).padStart(2, "0")}`);
}
