import { scanMessage } from "@fairlead/mcp";
import type { ServerDefinition } from "../../orchestrator/server-definition.js";
import { GatewaySession } from "../agent-session.js";
import type { RequestLine } from "../agent-session-port.js";
import { createScriptedPool, type ScriptedPool } from "./scripted-server.js";

/** A stream towards the agent that keeps what came, as parsed messages and as lines. */
export interface KeptStream {
  readonly lines: string[];
  readonly messages: Record<string, unknown>[];
  push(message: Buffer): void;
}

/** Makes one. */
export function keepStream(): KeptStream {
  const stream: KeptStream = {
    lines: [],
    messages: [],
    push(message) {
      const line = message.toString().trimEnd();
      stream.lines.push(line);
      stream.messages.push(JSON.parse(line) as Record<string, unknown>);
    },
  };
  return stream;
}

/** A session over scripted servers. */
export interface ScriptedSession {
  readonly session: GatewaySession;
  readonly pool: ScriptedPool;
  readonly standing: KeptStream;
  /** Sends a request on a stream of its own. @returns that stream, and when the request was answered */
  readonly request: (
    line: string,
    options?: Omit<RequestLine, "sink">,
  ) => { stream: KeptStream; done: Promise<void> };
  /** Sends a notification or an answer. */
  readonly tell: (line: string) => void;
  /** Sends `initialize` and waits for its answer. */
  readonly initialize: (capabilities?: object) => Promise<KeptStream>;
}

/** Opens a session. @param only the one server that it is about */
export function openScriptedSession(servers: readonly ServerDefinition[], only?: string): ScriptedSession {
  const pool = createScriptedPool();
  const standing = keepStream();
  const session = new GatewaySession(
    { hello: {}, server: only, standing },
    { version: "1.2.3", pool, servers, onClosed: () => {}, maxMessageBytes: 1024 },
  );
  const request: ScriptedSession["request"] = (line, options = {}) => {
    const message = scanMessage(Buffer.from(line));
    if (message.kind !== "request") throw new Error(`Not a request: ${line}`);
    const stream = keepStream();
    return { stream, done: session.serve(message, { ...options, sink: stream }) };
  };
  return {
    session,
    pool,
    standing,
    request,
    tell(line) {
      const message = scanMessage(Buffer.from(line));
      if (message.kind === "notification") session.note(message);
      else if (message.kind === "result" || message.kind === "error") session.settle(message);
      else throw new Error(`Neither a notification nor an answer: ${line}`);
    },
    async initialize(capabilities = {}) {
      const params = { protocolVersion: "2025-06-18", capabilities, clientInfo: { name: "a", version: "1" } };
      const line = JSON.stringify({ jsonrpc: "2.0", id: 0, method: "initialize", params });
      const { stream, done } = request(line);
      await done;
      return stream;
    },
  };
}
