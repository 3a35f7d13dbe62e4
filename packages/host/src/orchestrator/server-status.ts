import type { Era, ServerTransport, StartFailure } from "@fairlead/mcp";
import type { ServerDefinition, SharePolicy } from "./server-definition.js";

/** How a server, or one copy of it, is doing. */
export type ServerState =
  /** Not running; started when first needed. */
  | "idle"
  | "starting"
  | "ready"
  /** It could not be started, and somebody has to do something about it; whoever calls it next tries again. */
  | "failed"
  /** It was lost, or could not be started, and is started again after a pause. */
  | "restarting"
  /** It failed too often: calls fail at once until a probe succeeds, or somebody restarts it. */
  | "broken";

/** The last thing that went wrong with a server. */
export interface ServerFailure {
  readonly reason: StartFailure;
  readonly message: string;
  /** The last of what it wrote to stderr; may be empty. */
  readonly stderrTail: string;
  /** Unix time in milliseconds. */
  readonly atMs: number;
}

/** One server as status displays tell it: plain data, nothing secret. */
export interface ServerStatus {
  readonly name: string;
  /** Of its healthiest copy. */
  readonly state: ServerState;
  /** Unix time in milliseconds since when it is in this state; undefined while nothing ever happened to it. */
  readonly sinceMs?: number | undefined;
  /** The machine it runs on, or is reached from. */
  readonly executor: string;
  /** Known once it was started. */
  readonly transport?: ServerTransport["kind"] | undefined;
  /** Known once it was ready. */
  readonly era?: Era | undefined;
  /** Tools that agents are shown, where its list is known. */
  readonly toolCount?: number | undefined;
  readonly share: SharePolicy;
  /** Agents that hold it. */
  readonly consumerCount: number;
  /** Copies that run or are starting. */
  readonly instanceCount: number;
  /** Starts after an unexpected end, since the host began. */
  readonly restartCount: number;
  readonly lastFailure?: ServerFailure | undefined;
  /** It is up without a login, and offers one: in words, with the line to type. */
  readonly loginOffer?: string | undefined;
  readonly supportsParallelToolCalls: boolean;
  readonly context: "external" | "local";
  readonly origin: "configured" | "built-in" | "connector";
  readonly isRequired: boolean;
}

/** One copy of a server, as its supervisor tells it. */
export interface CopyStatus
  extends Pick<
    ServerStatus,
    "state" | "sinceMs" | "transport" | "era" | "toolCount" | "consumerCount" | "restartCount" | "lastFailure"
  > {
  /** Copies that run or are starting, those included that only finish their last calls. */
  readonly instanceCount: number;
}

const fromHealthiest: readonly ServerState[] = [
  "ready",
  "starting",
  "restarting",
  "broken",
  "failed",
  "idle",
];

/** Tells how a server is doing from how its copies are. */
export function toServerStatus(definition: ServerDefinition, copies: readonly CopyStatus[]): ServerStatus {
  const ranked = copies.toSorted(
    (one, other) => fromHealthiest.indexOf(one.state) - fromHealthiest.indexOf(other.state),
  );
  const [best] = ranked;
  const failures = copies.flatMap(({ lastFailure }) => lastFailure ?? []);
  return {
    name: definition.name,
    state: best?.state ?? "idle",
    sinceMs: best?.sinceMs,
    executor: definition.executor,
    transport: best?.transport,
    era: best?.era,
    toolCount: ranked.find(({ toolCount }) => toolCount !== undefined)?.toolCount,
    share: definition.share ?? "client",
    consumerCount: sum(copies, ({ consumerCount }) => consumerCount),
    instanceCount: sum(copies, ({ instanceCount }) => instanceCount),
    restartCount: sum(copies, ({ restartCount }) => restartCount),
    lastFailure: failures.toSorted((one, other) => other.atMs - one.atMs)[0],
    supportsParallelToolCalls: definition.supportsParallelToolCalls ?? true,
    context: definition.context ?? "external",
    origin: definition.origin ?? "configured",
    isRequired: definition.required,
  };
}

function sum<Item>(items: readonly Item[], count: (item: Item) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}
