import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createDeferred, type Fetch } from "@fairlead/core";
import type { HttpEndpoint } from "../http/http-endpoint.js";

/** A request as a scripted server got it. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** The message of a POST. */
  readonly rpc: {
    readonly id?: string | number;
    readonly method?: string;
    readonly params?: Params;
    readonly result?: unknown;
    readonly error?: unknown;
  };
  readonly atMs: number;
}

type Params = Readonly<Record<string, unknown>>;

/** One request and the means to answer it. */
export interface HttpExchange extends HttpRequest {
  readonly response: ServerResponse;
  /** Answers with a status and a body. */
  readonly status: (status: number, body?: string, headers?: Record<string, string>) => void;
  /** Answers the call with raw JSON as its result. */
  readonly result: (result: string, headers?: Record<string, string>) => void;
  /** Answers with a JSON body as it is. */
  readonly json: (body: string, headers?: Record<string, string>) => void;
  /** Begins an event stream. */
  readonly events: (headers?: Record<string, string>) => EventWriter;
  /** Breaks the connection. */
  readonly destroy: () => void;
  /** Settles when the client is gone or the answer is done. */
  readonly closed: Promise<void>;
}

/** Writes events. */
export interface EventWriter {
  /** One event with a message, or with raw fields before it: `id: 1\nretry: 10\n`. */
  readonly send: (message: string, fields?: string) => void;
  readonly raw: (text: string | Uint8Array) => void;
  readonly end: () => void;
}

/** A real HTTP server whose answers the test decides. */
export interface ScriptedHttp extends AsyncDisposable {
  readonly url: string;
  readonly endpoint: HttpEndpoint;
  readonly received: readonly HttpRequest[];
  /** Waits for a request that came, or will come. @param skip how many matching ones are passed over */
  next(matches: (request: HttpRequest) => boolean, skip?: number): Promise<HttpRequest>;
  count(matches: (request: HttpRequest) => boolean): number;
}

/** Node's own fetch stands for the port: it has its shape, and none of our code. */
export const plainFetch = fetch as Fetch;

/** Starts a server on a loopback port of its own. */
export async function startScriptedHttp(
  answer: (exchange: HttpExchange) => void | Promise<void>,
): Promise<ScriptedHttp> {
  const received: HttpRequest[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    void readExchange(request, response).then((exchange) => {
      received.push(exchange);
      for (const look of waiting) look();
      return answer(exchange);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  return {
    url,
    endpoint: { url, fetch: plainFetch },
    received,
    next: (matches, skip = 0) => {
      const found = createDeferred<HttpRequest>();
      const look = (): void => {
        const match = received.filter(matches)[skip];
        if (match === undefined) return;
        waiting.delete(look);
        found.resolve(match);
      };
      waiting.add(look);
      look();
      return found.promise;
    },
    count: (matches) => received.filter(matches).length,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function readExchange(request: IncomingMessage, response: ServerResponse): Promise<HttpExchange> {
  const atMs = performance.now();
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString("utf8");
  const { method = "", url: path = "", headers } = request;
  const rpc = body === "" ? {} : (JSON.parse(body) as HttpRequest["rpc"]);
  const closed = createDeferred<void>();
  response.once("close", () => closed.resolve());
  const send = (status: number, text: string, more: Record<string, string>): void => {
    response.writeHead(status, more).end(text);
  };
  const json = (text: string, more: Record<string, string> = {}): void =>
    send(200, text, { "content-type": "application/json", ...more });
  return {
    method,
    path,
    headers,
    body,
    rpc,
    atMs,
    response,
    closed: closed.promise,
    status: (status, text = "", more = {}) => send(status, text, more),
    json,
    result: (result, more) =>
      json(`{"jsonrpc":"2.0","id":${JSON.stringify(rpc.id)},"result":${result}}`, more),
    events: (more = {}) => {
      response.writeHead(200, { "content-type": "text/event-stream", ...more });
      response.flushHeaders();
      return {
        send: (message, fields = "") => response.write(`${fields}data: ${message}\n\n`),
        raw: (text) => response.write(text),
        end: () => response.end(),
      };
    },
    destroy: () => response.destroy(),
  };
}

/** What a {@link legacyScript} leaves to the test; true: it has answered itself. */
export interface LegacyScript {
  readonly onInitialize?: (exchange: HttpExchange) => boolean | void;
  readonly onMessage?: (exchange: HttpExchange) => boolean | void;
  /** @default 405 */
  readonly onGet?: (exchange: HttpExchange) => void;
  readonly sessionId?: (() => string) | undefined;
  readonly initializeResult?: string;
}

/** The result of every scripted handshake. */
export const scriptedInitializeResult =
  '{"protocolVersion":"2025-11-25","capabilities":{"tools":{},"logging":{}},"serverInfo":{"name":"s","version":"1.0"}}';

/** Makes a server of the legacy era that shakes hands, takes notifications, and answers every call with `{}`. */
export function legacyScript(script: LegacyScript = {}): (exchange: HttpExchange) => void {
  return (exchange) => {
    const { method, rpc } = exchange;
    if (method === "GET") return script.onGet === undefined ? exchange.status(405) : script.onGet(exchange);
    if (method === "DELETE") return exchange.status(200);
    if (rpc.method === "initialize") {
      if (script.onInitialize?.(exchange) === true) return;
      const id = script.sessionId?.();
      const headers: Record<string, string> = id === undefined ? {} : { "mcp-session-id": id };
      return exchange.result(script.initializeResult ?? scriptedInitializeResult, headers);
    }
    if (script.onMessage?.(exchange) === true) return;
    if (rpc.id === undefined || rpc.method === undefined) return exchange.status(202);
    exchange.result("{}");
  };
}
