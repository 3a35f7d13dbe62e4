import { createDeferred, type FairleadError, toFairleadError } from "@fairlead/core";
import {
  type CallAnswer,
  type ClosedInfo,
  type EndpointHeaders,
  type Era,
  type McpCall,
  type McpConnection,
  type OpenConnectionOptions,
  openConnection,
  parseRange,
  sliceRange,
} from "@fairlead/mcp";
import { waitUntil } from "@fairlead/testkit";
import type { Place } from "./places.js";

/** A notification of the server, as it came. */
export interface Told {
  readonly method: string;
  readonly params: unknown;
  /** Its params, byte for byte. */
  readonly raw: string | undefined;
}

/** A request of the server, as it came. */
export interface Asked {
  readonly method: string;
  readonly params: unknown;
}

/** What a tool answered, as far as these tests look at it. */
export interface ToolResult {
  readonly content: readonly { readonly type: string; readonly text?: string }[];
  readonly structuredContent?: Readonly<Record<string, unknown>>;
  readonly isError?: boolean;
}

/** A connection over HTTP and all that came from its server. */
export interface Reached extends AsyncDisposable {
  readonly connection: McpConnection;
  readonly told: readonly Told[];
  readonly asked: readonly Asked[];
  readonly warnings: readonly string[];
  /** What `onEra` was told. */
  readonly eras: readonly Era[];
  readonly closed: Promise<ClosedInfo>;
  /** Calls a method and parses the result. @throws what the server answered as an error, as `RpcAnswerError` */
  result(method: string, params?: object, more?: Partial<McpCall>): Promise<Record<string, unknown>>;
  tool(name: string, args?: object, more?: Partial<McpCall>): Promise<ToolResult>;
  /** Waits for a notification, past or future. */
  untilTold(matches: (told: Told) => boolean): Promise<Told>;
}

/** How a server is reached, and who answers it. */
export interface ReachOptions extends Partial<Omit<OpenConnectionOptions, "server" | "handlers">> {
  readonly headers?: (() => Promise<EndpointHeaders> | EndpointHeaders) | undefined;
  /** Answers requests of the server. @default accepts elicitations, says hello to sampling */
  readonly answer?: ((asked: Asked) => unknown) | undefined;
}

/** The server answered with a JSON-RPC error. */
export class RpcAnswerError extends Error {
  override readonly name = "RpcAnswerError";
  readonly code: number;
  readonly data: unknown;
  /** The error object, byte for byte. */
  readonly raw: string;

  constructor(raw: Buffer) {
    const { message, code, data } = JSON.parse(raw.toString("utf8")) as {
      message: string;
      code: number;
      data?: unknown;
    };
    super(message);
    this.code = code;
    this.data = data;
    this.raw = raw.toString("utf8");
  }
}

const toldWithinMs = 10_000;

/** Connects to a server over HTTP from a place. */
export async function reach(place: Place, url: string, options: ReachOptions = {}): Promise<Reached> {
  const { headers, answer = defaultAnswer, ...rest } = options;
  const told: Told[] = [];
  const asked: Asked[] = [];
  const warnings: string[] = [];
  const eras: Era[] = [];
  const closed = createDeferred<ClosedInfo>();
  const connection = await openConnection({
    name: "srv",
    clientInfo: { name: "test", version: "1" },
    capabilities: { elicitation: { form: {} }, sampling: {}, roots: {} },
    onEra: (era) => void eras.push(era),
    ...rest,
    server: { kind: "http", endpoint: { url, fetch: place.fetch, headers } },
    handlers: {
      onNotification: ({ line, method, params }) => {
        const raw = params === undefined ? undefined : sliceRange(line, params);
        told.push({ method, params: raw && parseRange(raw), raw: raw?.toString("utf8") });
      },
      onRequest: async ({ line, method, params }) => {
        const question = { method, params: params && parseRange(sliceRange(line, params)) };
        asked.push(question);
        return { kind: "result", result: Buffer.from(JSON.stringify(await answer(question))) };
      },
      onWarning: (text) => void warnings.push(text),
      onClosed: (info) => closed.resolve(info),
    },
  });
  const result: Reached["result"] = async (method, params, more = {}) => {
    const reply = await connection.request({ method, ...encoded(params), ...more });
    return JSON.parse(textOf(reply)) as Record<string, unknown>;
  };
  return {
    connection,
    told,
    asked,
    warnings,
    eras,
    closed: closed.promise,
    result,
    tool: async (name, args = {}, more = {}) =>
      (await result("tools/call", { name, arguments: args }, more)) as unknown as ToolResult,
    untilTold: (matches) =>
      waitUntil(() => told.find(matches), {
        withinMs: toldWithinMs,
        what: () => `The notification (told: ${told.map(({ method }) => method).join(", ") || "none"})`,
      }),
    [Symbol.asyncDispose]: async () => {
      await connection.close();
    },
  };
}

/** The bytes of a result as text. @throws RpcAnswerError for an error */
export function textOf(answer: CallAnswer): string {
  if (answer.kind === "error") throw new RpcAnswerError(answer.error);
  return answer.result.toString("utf8");
}

/** What a promise was rejected with, as one of our errors. */
export async function failureOf(promise: Promise<unknown>): Promise<FairleadError> {
  try {
    await promise;
  } catch (error) {
    return toFairleadError(error);
  }
  throw new Error("It did not fail");
}

/** The params member of a call, where there are any. */
function encoded(params: object | undefined): Pick<McpCall, "params"> {
  return params === undefined ? {} : { params: Buffer.from(JSON.stringify(params)) };
}

function defaultAnswer({ method }: Asked): unknown {
  if (method === "elicitation/create") return { action: "accept", content: { name: "Ada" } };
  if (method === "roots/list") return { roots: [] };
  return { role: "assistant", model: "fake", content: { type: "text", text: "hello" } };
}
