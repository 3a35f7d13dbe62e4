import { scanMessage } from "@fairlead/mcp";
import type { Host } from "../../orchestrator/host.js";
import type { AgentSession, AgentSessionOptions } from "../agent-session-port.js";
import { type KeptStream, keepStream } from "./open-session.js";

type Values = Record<string, unknown>;

/** An agent of a host whose servers are real ones in memory. */
export interface HostAgent {
  readonly session: AgentSession;
  /** Everything that it was told, on whichever stream, in order. */
  readonly told: KeptStream;
  /** Sends a request. @returns its id, and its answer once there is one; undefined if there is none */
  send(
    method: string,
    params?: object,
  ): { readonly id: number; readonly answer: Promise<Values | undefined> };
  /** The same, for the answer alone. */
  request(method: string, params?: object): Promise<Values | undefined>;
  /** The same in the modern era. */
  modern(method: string, params?: object, capabilities?: object): Promise<Values | undefined>;
  initialize(capabilities?: object): Promise<Values | undefined>;
  /** Sends a notification or an answer. */
  tell(message: object): void;
}

/** Connects one. */
export function openAgent(host: Host, options: Partial<AgentSessionOptions> = {}): HostAgent {
  const told = keepStream();
  const session = host.openSession({ hello: {}, standing: told, ...options });
  let lastId = 0;
  const agent: HostAgent = {
    session,
    told,
    send(method, params = {}) {
      lastId += 1;
      const id = lastId;
      const message = scanMessage(Buffer.from(JSON.stringify({ jsonrpc: "2.0", id, method, params })));
      if (message.kind !== "request") throw new Error(`${method} is no request`);
      const done = session.serve(message, { sink: told });
      const isAnswer = (candidate: Values): boolean =>
        candidate["id"] === id && candidate["method"] === undefined;
      return { id, answer: done.then(() => told.messages.find(isAnswer)) };
    },
    request: (method, params) => agent.send(method, params).answer,
    modern(method, params = {}, capabilities = {}) {
      const _meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": capabilities,
      };
      return agent.request(method, { ...params, _meta });
    },
    initialize(capabilities = {}) {
      const clientInfo = { name: "agent", version: "1" };
      return agent.request("initialize", { protocolVersion: "2025-11-25", capabilities, clientInfo });
    },
    tell(value) {
      const message = scanMessage(Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...value })));
      if (message.kind === "notification") session.note(message);
      else if (message.kind === "result" || message.kind === "error") session.settle(message);
      else throw new Error("Neither a notification nor an answer");
    },
  };
  return agent;
}
