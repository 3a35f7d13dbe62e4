import { gzipSync } from "node:zlib";
import { type FrontHandler, formatEvent, type RecordedRequest } from "@fairlead/testkit";

const json = { "content-type": "application/json" };
const events = { "content-type": "text/event-stream" };

/** The whole answer to a request, as JSON-RPC text. @param padding characters of its text */
export function rpcAnswer({ rpc }: RecordedRequest, padding = 0): string {
  const result = {
    resultType: "complete",
    content: [{ type: "text", text: padding === 0 ? "fine" : "x".repeat(padding) }],
  };
  return JSON.stringify({ jsonrpc: "2.0", id: rpc?.id, result });
}

/** Writes bytes past the HTTP server: what it would never send. */
function raw(bytes: (request: RecordedRequest) => string, isLast = true): FrontHandler {
  return (request, { socket }) => {
    if (isLast) socket?.end(bytes(request));
    else socket?.write(bytes(request));
  };
}

/** Answers that are odd but right: the call must succeed with the text "fine". */
export const oddAnswers: Readonly<Record<string, FrontHandler>> = {
  "an HTTP/1.0 body that ends with the connection": raw(
    (request) => `HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n${rpcAnswer(request)}`,
  ),
  "a gzip body": (request, response) => {
    response.writeHead(200, { ...json, "content-encoding": "gzip" }).end(gzipSync(rpcAnswer(request)));
  },
  "a media type in capitals, with parameters": (request, response) => {
    response.writeHead(200, { "content-type": "Application/JSON; Charset=UTF-8" }).end(rpcAnswer(request));
  },
  "an interim response first": raw((request) => {
    const body = rpcAnswer(request);
    return `HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
  }),
  "events with CR LF, comments, a byte order mark and several data lines": (request, response) => {
    const [first, second] = rpcAnswer(request).split(',"result"');
    response.writeHead(200, events);
    response.end(
      `\uFEFF: hello\r\n\r\nid: 1\r\nevent: message\r\ndata: ${first},\r\ndata: "result"${second}\r\n\r\n`,
    );
  },
  "answers to ids that nobody asked for, before the right one": (request, response) => {
    response.writeHead(200, events);
    for (const id of [99_999, "text", 1.5]) {
      response.write(formatEvent({ data: { jsonrpc: "2.0", id, result: { other: true } } }));
    }
    response.write(formatEvent({ data: { jsonrpc: "2.0", id: null, error: { code: -1, message: "?" } } }));
    response.end(formatEvent({ data: rpcAnswer(request) }));
  },
  "junk events around it": (request, response) => {
    response.writeHead(200, events);
    response.write(formatEvent({ data: "not json" }));
    response.write(formatEvent({ data: "" }));
    response.write(formatEvent({ event: "vendor", data: '{"a":1}' }));
    response.end(formatEvent({ data: rpcAnswer(request) }));
  },
  "a batch of one": (request, response) => {
    response.writeHead(200, json).end(`[${rpcAnswer(request)}]`);
  },
  "one byte at a time": async (request, response) => {
    response.writeHead(200, events);
    for (const byte of Buffer.from(formatEvent({ data: rpcAnswer(request) }))) {
      response.write(Buffer.of(byte));
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    response.end();
  },
};

/** What a hostile answer must become. */
export interface HostileCase {
  readonly name: string;
  readonly answer: FrontHandler;
  readonly code: string;
  readonly reason: string | undefined;
}

/** Answers to a call that must each fail it with a distinct error, and leave the connection usable. */
export const hostileCases: readonly HostileCase[] = [
  {
    name: "JSON that stops in the middle",
    answer: (request, response) => {
      response.writeHead(200, json).end(rpcAnswer(request).slice(0, -5));
    },
    code: "protocol",
    reason: "frame_invalid",
  },
  {
    name: "a body shorter than it was announced",
    answer: raw((request) => {
      const body = rpcAnswer(request);
      return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length + 50}\r\n\r\n${body}`;
    }),
    code: "unavailable",
    reason: "connection_reset",
  },
  {
    name: "an event stream cut in the middle of an event",
    answer: (request, response) => {
      response.writeHead(200, events);
      response.write(`data: ${rpcAnswer(request).slice(0, 20)}`, () => response.destroy());
    },
    code: "unavailable",
    reason: "connection_reset",
  },
  {
    name: "an event stream that ends without the answer",
    answer: (_request, response) => void response.writeHead(200, events).end(": bye\n\n"),
    code: "unavailable",
    reason: "connection_reset",
  },
  {
    name: "a web page",
    answer: (_request, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<h1>Please log in</h1>");
    },
    code: "protocol",
    reason: "response_invalid",
  },
  {
    name: "accepted instead of an answer",
    answer: (_request, response) => void response.writeHead(202).end(),
    code: "protocol",
    reason: "response_invalid",
  },
  {
    name: "something that is no HTTP",
    answer: raw(() => "SSH-2.0-OpenSSH_9.7\r\n"),
    code: "protocol",
    reason: "response_invalid",
  },
  {
    name: "an error whose body never ends",
    answer: (_request, response) => {
      response.writeHead(500, { "content-type": "text/plain" });
      const timer = setInterval(() => response.write("no ".repeat(1_000)), 5);
      response.once("close", () => clearInterval(timer));
    },
    code: "unavailable",
    reason: "http_status",
  },
  {
    name: "an error whose body hangs",
    answer: (_request, response) => {
      response.writeHead(500, { "content-type": "application/json" }).write('{"jsonrpc"');
    },
    code: "unavailable",
    reason: "http_status",
  },
  {
    name: "a login that is missing",
    answer: (_request, response) => void response.writeHead(401, { "www-authenticate": "Bearer" }).end(),
    code: "unauthenticated",
    reason: "http_status",
  },
  {
    name: "a right that is missing",
    answer: (_request, response) => void response.writeHead(403).end("not you"),
    code: "forbidden",
    reason: "http_status",
  },
  {
    name: "an answer above the limit",
    answer: (request, response) => void response.writeHead(200, json).end(rpcAnswer(request, 3 << 20)),
    code: "resource_exhausted",
    reason: "message_too_large",
  },
  {
    name: "a compressed answer that is far larger than it looks",
    answer: (request, response) => {
      const body = gzipSync(rpcAnswer(request, 64 << 20));
      response.writeHead(200, { ...json, "content-encoding": "gzip" }).end(body);
    },
    code: "resource_exhausted",
    reason: "message_too_large",
  },
  {
    name: "redirects in a circle",
    answer: (_request, response) => void response.writeHead(307, { location: "/mcp" }).end(),
    code: "protocol",
    reason: "redirect_failed",
  },
];

/** Begins an event that never ends, as fast as it is read. */
export const endlessEvent: FrontHandler = (_request, response) => {
  response.writeHead(200, events).write("data: ");
  const more = (): void => {
    if (!response.destroyed) response.write("x".repeat(65_536), () => setImmediate(more));
  };
  more();
};
