import type { ServerResponse } from "node:http";
import type { ErrorCode } from "@fairlead/core";
import type { StartFailure } from "@fairlead/mcp";
import {
  createHandMadeServer,
  type HttpFront,
  holdRefusingPort,
  type RefusingPort,
  startHttpFront,
} from "@fairlead/testkit";
import type { ExpectedFailure } from "../../failures/support/expect-failure.js";

/** An HTTP server that cannot be reached or used, and what must be told about it everywhere. */
export interface FailingServer {
  /** Its name in the configuration. */
  readonly name: string;
  readonly what: string;
  readonly url: (places: FailingPlaces) => string;
  readonly expected: ExpectedFailure & { readonly code: ErrorCode };
  readonly failure: StartFailure;
}

/** Where failing servers are. */
export interface FailingPlaces {
  readonly front: HttpFront;
  /** Nobody listens there. */
  readonly closed: RefusingPort;
}

/** Starts a front with a good server at `/mcp` and bad ones beside it. */
export async function startFailingServers(): Promise<FailingPlaces> {
  const answers: Readonly<Record<string, (response: ServerResponse) => void>> = {
    "/locked": (response) => response.writeHead(401, { "www-authenticate": "Bearer" }).end("log in"),
    "/forbidden": (response) => response.writeHead(403).end("no"),
    "/gone": (response) => response.writeHead(410).end("moved away"),
    "/page": (response) => response.writeHead(200, { "content-type": "text/html" }).end("<p>hello</p>"),
  };
  const { handle } = createHandMadeServer();
  const closed = await holdRefusingPort();
  const front = await startHttpFront({
    behind: (request, response) => {
      const answer = answers[request.path];
      if (answer === undefined) return handle(request, response);
      answer(response);
    },
  });
  return { front, closed };
}

/** Every way in which an HTTP server fails at its start. */
export const failingServers: readonly FailingServer[] = [
  {
    name: "nobody",
    what: "nobody listens there",
    url: ({ closed }) => `http://127.0.0.1:${closed.port}/mcp`,
    expected: {
      exit: 4,
      code: "unavailable",
      reason: "connect_failed",
      tells: [/'nobody'/, /connect|refused/i],
    },
    failure: "unreachable",
  },
  {
    name: "nowhere",
    what: "its name is unknown",
    url: () => "http://no-such-host.invalid/mcp",
    expected: {
      exit: 4,
      code: "unavailable",
      reason: "dns_failed",
      tells: [/'nowhere'/, "no-such-host.invalid"],
    },
    failure: "unreachable",
  },
  {
    name: "plain",
    what: "it speaks no TLS",
    url: ({ front }) => `https://127.0.0.1:${front.port}/mcp`,
    expected: { exit: 4, code: "unavailable", reason: "tls_failed", tells: [/'plain'/, /TLS/] },
    failure: "unreachable",
  },
  {
    name: "locked",
    what: "it wants a login",
    url: ({ front }) => front.url("/locked"),
    expected: { exit: 3, code: "unauthenticated", reason: "login_required", tells: [/'locked'/, "401"] },
    failure: "login_required",
  },
  {
    name: "forbidden",
    what: "it refuses us",
    url: ({ front }) => front.url("/forbidden"),
    expected: { exit: 3, code: "forbidden", reason: "http_status", tells: [/'forbidden'/, "403"] },
    failure: "http_status",
  },
  {
    name: "gone",
    what: "it has moved away",
    url: ({ front }) => front.url("/gone"),
    expected: { exit: 7, code: "protocol", reason: "http_status", tells: [/'gone'/, "410"] },
    failure: "http_status",
  },
  {
    name: "page",
    what: "it is a web page",
    url: ({ front }) => front.url("/page"),
    expected: { exit: 7, code: "protocol", reason: "response_invalid", tells: [/'page'/, "text/html"] },
    failure: "protocol_error",
  },
];
