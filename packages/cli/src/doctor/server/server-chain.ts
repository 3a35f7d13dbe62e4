import type { ServerConfig } from "@fairlead/config";
import { isLocalExecutor } from "../../runtime/is-local-executor.js";
import { type Check, type CheckChain, type CheckOutcome, checkKey } from "../check.js";
import type { CheckId } from "../check-table.js";
import { readyCheckOf } from "../executor/executor-chain.js";
import type { ExecutorFacts } from "../executor/executor-facts.js";
import { checkServerAuth } from "./auth-check.js";
import { checkHostVariables } from "./host-variables.js";
import { checkCwd, checkExecutorVariables, checkProgram } from "./launch-needs.js";
import type { ServerFacts } from "./server-facts.js";
import { checkHandshake, checkReach, checkSpawn } from "./start-checks.js";
import { checkTeardown } from "./teardown-check.js";
import { checkTools } from "./tool-check.js";

/** What the checks of a server are made from. */
export interface ServerPlan {
  readonly server: ServerConfig;
  /** Undefined where there is no such executor, which the first check tells. */
  readonly executor: ExecutorFacts | undefined;
  /** Asked only by checks whose links before hold. */
  readonly facts: () => ServerFacts;
  readonly settings: () => CheckOutcome;
}

/** The checks of one server, each on the machine where its link is. Nothing of this machine is looked at for a remote one. */
export function serverChain(plan: ServerPlan): CheckChain {
  const { server, executor } = plan;
  const chain = { executor: server.executor, server: server.name };
  const isStdio = server.transport === "stdio";
  const there = isLocalExecutor(server.executor) ? "host" : server.executor;
  const key = (id: CheckId): string => checkKey(chain, id);
  const ready = executor === undefined ? [] : [checkKey({ executor: executor.name }, readyCheckOf(executor))];
  // Requests to a server that is reached from here need no executor.
  const way = !isStdio && there === "host" ? [key("server-config")] : [key("server-config"), ...ready];
  const make = (
    id: CheckId,
    needs: readonly string[],
    run: (facts: ServerFacts) => CheckOutcome | Promise<CheckOutcome>,
  ): Check => ({ id, machine: there, needs, run: () => run(plan.facts()) });
  const own: Check[] = [
    { id: "server-config", machine: "host", run: plan.settings },
    {
      id: "server-env",
      machine: "host",
      needs: [key("server-config")],
      run: () => checkHostVariables(server, plan.facts().context.env),
    },
  ];
  const executorEnv = make("server-executor-env", way, checkExecutorVariables);
  const started = [key(isStdio ? "server-spawn" : "server-reach")];
  const handshake = make(
    "server-handshake",
    [...started, ...(isStdio ? [] : [key("server-auth")])],
    checkHandshake,
  );
  const tools = make("server-tools", [key("server-handshake")], checkTools);
  if (!isStdio) {
    const auth = make("server-auth", started, checkServerAuth);
    return {
      ...chain,
      checks: [...own, executorEnv, make("server-reach", way, checkReach), auth, handshake, tools],
    };
  }
  const found = [...way, key("server-program"), key("server-cwd")];
  return {
    ...chain,
    checks: [
      ...own,
      make("server-program", way, checkProgram),
      make("server-cwd", way, checkCwd),
      executorEnv,
      make("server-spawn", found, checkSpawn),
      handshake,
      tools,
      make("server-teardown", found, checkTeardown),
    ],
  };
}

/** The executors that the checks of servers need, each once, in the order of the servers. */
export function executorsOf(servers: readonly ServerConfig[]): readonly string[] {
  const needed = servers.filter(
    ({ transport, executor }) => transport === "stdio" || !isLocalExecutor(executor),
  );
  return [...new Set(needed.map(({ executor }) => executor))];
}
