import type { FairleadError } from "@fairlead/core";
import type { BrokenServer, FairleadConfig } from "../config.js";
import { type ConfigLayer, type Table, valueAt } from "../layers/config-layer.js";
import { type ConfigProblem, toConfigError } from "../problems/config-problem.js";
import { serverNameSchema, toolNameReserve } from "../schema/names.js";
import type { ResolvedConfig } from "./resolve-config.js";

/** Groups of servers, and of what only servers need: without one of their entries all others can be used. */
const groups: ReadonlySet<unknown> = new Set(["mcp_servers", "connectors", "executors"]);

/** Whether a problem is about one server or executor of a file alone. What a flag says is meant for the very command. */
export function isOfOneEntry({ place, source }: ConfigProblem, layers: readonly ConfigLayer[]): boolean {
  const layer = layers.find((one) => one.source === source);
  const isFlag = layer?.kind === "override" || layer?.kind === "flag";
  return place.length > 1 && groups.has(place[0]) && !isFlag;
}

/** What was found in files, and what they come to. */
export interface BrokenEntriesInput {
  readonly problems: readonly ConfigProblem[];
  /** Everything that was written, with what is wrong in it. */
  readonly written: Table;
}

/**
 * Takes the servers that problems are about, and those on an executor that problems are about, out of a configuration and
 * puts them among the broken ones, each with its own error.
 */
export function withBrokenEntries(
  resolved: ResolvedConfig,
  { problems, written }: BrokenEntriesInput,
): ResolvedConfig {
  const errors = errorsOfEntries(problems);
  const { config } = resolved;
  const broken = new Map<string, BrokenServer>();
  for (const group of ["mcp_servers", "connectors"] as const) {
    const sound = group === "mcp_servers" ? config.servers : config.connectors;
    const names = new Set([...sound.keys(), ...(errors.get(group)?.keys() ?? [])]);
    for (const name of names) {
      const executor = executorOf(
        sound.get(name)?.executor ?? valueAt(written, [group, name, "executor"]),
        config,
      );
      const error = errors.get(group)?.get(name) ?? errors.get("executors")?.get(executor);
      // A connector that is called like a server is wrong; the server is not.
      if (error === undefined || (group === "connectors" && config.servers.has(name))) continue;
      const entry = valueAt(written, [group, name]);
      broken.set(name, toBroken({ name, group, executor, error, entry }, config));
    }
  }
  const leftOut = [...errors].flatMap(([group, entries]) =>
    [...entries.keys()]
      .filter((name) => group === "executors" || !broken.has(name))
      .map((name) => `${String(group)}.${name}`),
  );
  if (broken.size === 0 && leftOut.length === 0) return resolved;
  const isSound = ([name]: readonly [string, unknown]): boolean => !broken.has(name);
  return {
    ...resolved,
    config: {
      ...config,
      servers: new Map([...config.servers].filter(isSound)),
      connectors: new Map([...config.connectors].filter(isSound)),
      ...(broken.size === 0 ? {} : { broken }),
      ...(leftOut.length === 0 ? {} : { leftOut: new Set(leftOut) }),
    },
    // That one is there, but cannot be used, is told better.
    unknownExecutors: resolved.unknownExecutors.filter(
      ({ executor }) => errors.get("executors")?.has(executor) !== true,
    ),
  };
}

function errorsOfEntries(
  problems: readonly ConfigProblem[],
): ReadonlyMap<unknown, ReadonlyMap<string, FairleadError>> {
  const found = new Map<unknown, Map<string, ConfigProblem[]>>();
  for (const problem of problems) {
    const [group, name] = problem.place;
    if (name === undefined || !groups.has(group)) continue;
    const entries = found.get(group) ?? new Map<string, ConfigProblem[]>();
    found.set(group, entries.set(String(name), [...(entries.get(String(name)) ?? []), problem]));
  }
  return new Map([...found].map(([group, entries]) => [group, toErrors(entries)]));
}

function toErrors(entries: ReadonlyMap<string, ConfigProblem[]>): ReadonlyMap<string, FairleadError> {
  return new Map([...entries].map(([name, own]) => [name, toConfigError(own)]));
}

function executorOf(said: unknown, { defaultExecutor }: FairleadConfig): string {
  return typeof said === "string" ? said : defaultExecutor;
}

interface Found {
  readonly name: string;
  readonly group: "mcp_servers" | "connectors";
  readonly executor: string;
  readonly error: FairleadError;
  readonly entry: unknown;
}

function toBroken({ name, group, executor, error, entry }: Found, { maxName }: FairleadConfig): BrokenServer {
  return {
    name,
    origin: group === "connectors" ? "connector" : "configured",
    executor,
    transport: valueAt(entry, ["url"]) === undefined ? "stdio" : "http",
    enabled: valueAt(entry, ["enabled"]) !== false,
    required: valueAt(entry, ["required"]) === true,
    hasUsableName: serverNameSchema.safeParse(name).success && name.length <= maxName - toolNameReserve,
    error,
  };
}
