import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { isAbort } from "./is-abort.js";
import { describeRequest, type RecordedRequest, recordRequest } from "./recorded-request.js";
import { createWaitList } from "./wait-list.js";

/** Answers one request. What it throws becomes a 500. */
export type FrontHandler = (request: RecordedRequest, response: ServerResponse) => void | Promise<void>;

/** An answer for some requests only. */
export interface FrontRule {
  readonly when: (request: RecordedRequest) => boolean;
  /** How many matching requests it answers. @default all */
  readonly times?: number | undefined;
  readonly answer: FrontHandler;
}

/**
 * An HTTP server of this process that writes down every request and lets a test answer single ones differently. Disposing
 * cuts what is open.
 */
export interface HttpFront extends AsyncDisposable {
  readonly port: number;
  /** `http://127.0.0.1:port`. */
  readonly origin: string;
  /** @param path default `/mcp` */
  url(path?: string): string;
  /** Every request so far, in order. */
  readonly requests: readonly RecordedRequest[];
  /** Takes the first request that matches, past or future; each is given once. @param withinMs default 10,000 */
  nextRequest(matches: (request: RecordedRequest) => boolean, withinMs?: number): Promise<RecordedRequest>;
  /** Answers matching requests from now on; the newest rule comes first. @returns takes the rule away */
  intercept(rule: FrontRule): () => void;
  /** Connections that are open now. */
  readonly openConnections: number;
  /** Connections that there ever were. */
  readonly acceptedConnections: number;
  /** Settles when no connection is open. @throws FairleadError `deadline_exceeded` */
  untilNoConnections(withinMs: number): Promise<void>;
  /** Cuts every open connection. */
  cutConnections(): void;
}

/** Where a front listens. */
export interface FrontOptions {
  /** Answers what no rule answers. */
  readonly behind: FrontHandler;
  /** @default 127.0.0.1 */
  readonly host?: string | undefined;
}

const defaultWaitMs = 10_000;

interface LiveRule extends FrontRule {
  left: number;
}

/** Starts a front on a free port. */
export async function startHttpFront({ behind, host = "127.0.0.1" }: FrontOptions): Promise<HttpFront> {
  const requests = createWaitList<RecordedRequest>(describeRequest);
  const connections = createWaitList<number>((open) => `${open} open`);
  const sockets = new Map<Socket, number>();
  const rules: LiveRule[] = [];
  let accepted = 0;
  let received = 0;
  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    received += 1;
    const numbers = { number: received, connection: sockets.get(incoming.socket) ?? 0 };
    const request = await recordRequest(incoming, response, numbers);
    const rule = rules.find(({ left, when }) => left > 0 && when(request));
    if (rule !== undefined) rule.left -= 1;
    requests.add(request);
    await (rule?.answer ?? behind)(request, response);
  };
  const server = createServer((incoming, response) => {
    serve(incoming, response).catch((error: unknown) => {
      if (isAbort(error) || response.headersSent) response.destroy();
      else response.writeHead(500).end(String(error));
    });
  });
  server.keepAliveTimeout = 60_000;
  server.on("connection", (socket) => {
    accepted += 1;
    sockets.set(socket, accepted);
    socket.once("close", () => {
      sockets.delete(socket);
      connections.add(sockets.size);
    });
  });
  server.listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const origin = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const cut = (): void => {
    for (const socket of sockets.keys()) socket.destroy();
  };
  return {
    port,
    origin,
    url: (path = "/mcp") => `${origin}${path}`,
    requests: requests.all,
    nextRequest: (matches, withinMs = defaultWaitMs) =>
      requests.take(matches, { withinMs, what: "A matching request" }),
    intercept: (rule) => {
      const live = { ...rule, left: rule.times ?? Number.POSITIVE_INFINITY };
      rules.unshift(live);
      return () => {
        live.left = 0;
      };
    },
    get openConnections() {
      return sockets.size;
    },
    get acceptedConnections() {
      return accepted;
    },
    untilNoConnections: async (withinMs) => {
      while (sockets.size > 0) {
        await connections.take(() => true, { withinMs, what: "The end of every connection" });
      }
    },
    cutConnections: cut,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      cut();
      await closed;
    },
  };
}
