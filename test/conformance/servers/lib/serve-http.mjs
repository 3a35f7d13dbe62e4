import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import {
  localhostHostValidation,
  localhostOriginValidation,
  NodeStreamableHTTPServerTransport,
  toNodeHandler,
  toWebRequest,
} from "@modelcontextprotocol/node";
import { createMcpHandler, isLegacyRequest } from "@modelcontextprotocol/server";
import { createEventStore } from "../../../src/http/fixtures/event-store.mjs";
import { createV2Server } from "./create-v2-server.mjs";

/** Serves the conformance server of both eras over HTTP without anything of ours, on a free port of 127.0.0.1. */
export function serveHttp() {
  const handleModern = serveModern();
  const handleLegacy = serveLegacy();
  const guards = [localhostHostValidation(), localhostOriginValidation()];
  const handle = async (request, response) => {
    const body = await readBody(request);
    const isLegacy = await isLegacyRequest(await toWebRequest(request, body), body);
    await (isLegacy ? handleLegacy : handleModern)(request, response, body);
  };
  const server = createServer((request, response) => {
    if (guards.every((isAllowed) => isAllowed(request, response))) void handle(request, response);
  });
  server.listen(0, "127.0.0.1", () => {
    process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.address().port}/mcp` })}\n`);
  });
  process.stdin.resume();
  process.stdin.once("end", () => process.exit(0));
}

function serveModern() {
  // A server lives for one request here, so what is to be told to others goes over the handler.
  const listChanged = (what) => {
    if (what === "tools") handler.notify.toolsChanged();
    else handler.notify.promptsChanged();
  };
  const handler = createMcpHandler(({ era }) => createV2Server({ era, listChanged }), { legacy: "reject" });
  return toNodeHandler(handler);
}

function serveLegacy() {
  const transports = new Map();
  const open = async () => {
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      eventStore: createEventStore(),
      retryInterval: 500,
      onsessioninitialized: (id) => transports.set(id, transport),
      onsessionclosed: (id) => transports.delete(id),
    });
    await createV2Server({ era: "legacy" }).connect(transport);
    return transport;
  };
  return async (request, response, body) => {
    const id = request.headers["mcp-session-id"];
    const transport = id === undefined ? await open() : transports.get(id);
    if (transport !== undefined) {
      await transport.handleRequest(request, response, body);
    } else {
      const error = { code: -32001, message: "Session not found" };
      response.writeHead(404, { "content-type": "application/json" });
      response.end(JSON.stringify({ jsonrpc: "2.0", id: null, error }));
    }
  };
}

async function readBody(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    return undefined;
  }
}
