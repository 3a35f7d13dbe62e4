import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request that a server of a test got. */
export interface SeenRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** What a server of a test answers; undefined: the socket is left hanging. */
export type Answer =
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string | readonly string[]>>;
      /** A text is sent as it is, anything else as JSON. */
      readonly body?: unknown;
    }
  | "hang"
  | "reset";

/** Answers by path, without the query; a path that is missing is answered 404. */
export type Routes = Readonly<Record<string, Answer | ((request: SeenRequest) => Answer)>>;

/** A real HTTP server on loopback. */
export interface LoopbackServer extends AsyncDisposable {
  readonly origin: string;
  readonly seen: readonly SeenRequest[];
  /** The paths of all requests so far, with their methods. */
  calls(): readonly string[];
}

/** Starts one. Routes are looked up at each request, so they may be made after the origin is known. */
export async function startLoopbackServer(routes: (origin: string) => Routes): Promise<LoopbackServer> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => void handle(request, response));
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "", url: path = "", headers } = request;
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const call = { method, path, headers, body };
    seen.push(call);
    const route = routes(origin)[path.split("?", 1)[0] ?? ""] ?? { status: 404, body: "not here" };
    reply(request, response, typeof route === "function" ? route(call) : route);
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    seen,
    calls: () => seen.map(({ method, path }) => `${method} ${path}`),
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function reply(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (answer === "hang") return;
  if (answer === "reset") {
    request.socket.resetAndDestroy();
    return;
  }
  const isText = typeof answer.body === "string";
  const type = isText ? "text/html" : "application/json";
  response.writeHead(answer.status ?? 200, { "content-type": type, ...answer.headers } as never);
  response.end(isText ? answer.body : JSON.stringify(answer.body ?? {}));
}
