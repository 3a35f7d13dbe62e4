import { createDeferred, FairleadError } from "@fairlead/core";
import {
  type CallAnswer,
  elementRanges,
  findMember,
  type ListMethod,
  type McpCall,
  type McpConnection,
  parseRange,
  type RelatedCall,
  type ScannedNotification,
  type ScannedRequest,
  scanMessage,
  sliceRange,
} from "@fairlead/mcp";
import type { AgentServer, ReleaseOptions, ServerConsumer } from "../../orchestrator/agent-server.js";
import type { InstancePool } from "../../orchestrator/instance-pool.js";
import type { ServerDefinition } from "../../orchestrator/server-definition.js";
import { createToolFilter } from "../../orchestrator/tool-filter.js";
import { readText } from "../raw-params.js";

/** What a scripted server was asked. */
export interface SeenCall {
  readonly server: string;
  readonly call: McpCall;
  readonly params: string | undefined;
  answer(result: string): void;
  /** Answers with an error object. */
  refuse(error: string): void;
}

/** A pool of servers in memory, whose answers the test gives one by one. */
export interface ScriptedPool extends InstancePool {
  readonly calls: SeenCall[];
  readonly released: { readonly server: string; readonly options: ReleaseOptions | undefined }[];
  readonly notified: string[];
  readonly consumers: Map<string, ServerConsumer>;
  /** How many holds of output are in force. */
  held: number;
  /** Settles when servers are up. @default they are */
  starting: Promise<void>;
  /** What `initialize` gave. */
  initializeRaw: string;
  /** What `server/discover` gave, for servers of the modern era. */
  discoverRaw: string | undefined;
  /** Names of servers that are of the legacy era all the same. */
  readonly legacyServers: Set<string>;
  /** Raw results of lists; a server without one has none. */
  readonly lists: Map<string, string>;
  /** Lets a server say something. @param related the call that it belongs to */
  say(server: string, line: string, related?: SeenCall): void;
  /** Lets a server ask something. */
  ask(server: string, line: string, related?: SeenCall): Promise<CallAnswer>;
}

/** A definition with nothing but a name that matters. */
export function definitionOf(name: string, settings: Partial<ServerDefinition> = {}): ServerDefinition {
  return {
    name,
    executor: "local",
    required: false,
    startupTimeoutMs: 1_000,
    toolTimeoutMs: 1_000,
    maxMessageBytes: 1024 * 1024,
    enabledTools: undefined,
    disabledTools: [],
    prepare: () => Promise.reject(new FairleadError("unavailable", "A scripted server is not started")),
    ...settings,
  };
}

/** Makes a pool. */
export function createScriptedPool(): ScriptedPool {
  const pool: ScriptedPool = {
    calls: [],
    released: [],
    notified: [],
    consumers: new Map(),
    held: 0,
    starting: Promise.resolve(),
    initializeRaw:
      '{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}',
    discoverRaw: undefined,
    legacyServers: new Set(),
    lists: new Map(),
    attach: (definition, consumer) => {
      pool.consumers.set(definition.name, consumer);
      return attach(pool, definition);
    },
    reload: () => {},
    statuses: () => [],
    restart: () => Promise.resolve(),
    retryFailed: () => {},
    interrupt: () => 0,
    close: () => Promise.resolve([]),
    say(server, line, related) {
      const message = scanMessage(Buffer.from(line));
      if (message.kind !== "notification") throw new Error(`Not a notification: ${line}`);
      pool.consumers.get(server)?.onNotification(message satisfies ScannedNotification, relatedTo(related));
    },
    async ask(server, line, related) {
      const message = scanMessage(Buffer.from(line));
      const consumer = pool.consumers.get(server);
      if (message.kind !== "request" || consumer === undefined) throw new Error(`Not a request: ${line}`);
      const context = { signal: new AbortController().signal, related: relatedTo(related) };
      return consumer.onRequest(message satisfies ScannedRequest, context);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return pool;
}

function relatedTo(seen: SeenCall | undefined): RelatedCall | undefined {
  return seen === undefined ? undefined : { call: seen.call, pauseClock: () => () => {} };
}

function attach(pool: ScriptedPool, definition: ServerDefinition): AgentServer {
  const connection = (): McpConnection => {
    const raw = Buffer.from(pool.initializeRaw);
    const value = parseRange(raw) as Record<string, unknown>;
    const isLegacy = pool.discoverRaw === undefined || pool.legacyServers.has(definition.name);
    const discoverRaw = isLegacy ? undefined : Buffer.from(pool.discoverRaw ?? "");
    const protocolVersion = String(value["protocolVersion"]);
    const initializeResult = { protocolVersion, value, raw, discoverRaw };
    return { era: discoverRaw === undefined ? "legacy" : "modern", initializeResult } as McpConnection;
  };
  const list = (method: ListMethod) => {
    const raw = Buffer.from(pool.lists.get(`${definition.name} ${method}`) ?? "[]");
    const items = (elementRanges(raw, { start: 0, end: raw.length }) ?? []).map((range) => {
      const item = sliceRange(raw, range);
      return { raw: item, name: readText(item, ["name"]), uri: readText(item, ["uri"]) };
    });
    return Promise.resolve(items);
  };
  return {
    name: definition.name,
    definition,
    redefine: () => false,
    isShared: definition.share === "all",
    allowsTool: createToolFilter(definition),
    get connection() {
      return connection();
    },
    ready: () => pool.starting.then(connection),
    readyAgain: () => pool.starting.then(connection),
    isReadyWithin: () => Promise.resolve(true),
    announces: (capability) => {
      const raw = Buffer.from(pool.initializeRaw);
      const announced = findMember(raw, { start: 0, end: raw.length }, "capabilities");
      return announced !== undefined && findMember(raw, announced, capability) !== undefined;
    },
    call: (call) => {
      const answer = createDeferred<CallAnswer>();
      call.signal?.addEventListener("abort", () => {
        answer.reject(new FairleadError("canceled", String(call.signal?.reason)));
      });
      pool.calls.push({
        server: definition.name,
        call,
        params: call.params === undefined ? undefined : Buffer.from(call.params).toString(),
        answer: (result) => answer.resolve({ kind: "result", result: Buffer.from(result) }),
        refuse: (error) => answer.resolve({ kind: "error", error: Buffer.from(error) }),
      });
      return answer.promise;
    },
    notify: (method, params) => {
      pool.notified.push(
        `${definition.name} ${method} ${params === undefined ? "" : Buffer.from(params).toString()}`.trim(),
      );
    },
    list,
    listNow: list,
    hold: () => () => {},
    holdOutput: () => {
      pool.held += 1;
      return () => {
        pool.held -= 1;
      };
    },
    release: (options) => {
      pool.released.push({ server: definition.name, options });
      return Promise.resolve(undefined);
    },
  };
}
