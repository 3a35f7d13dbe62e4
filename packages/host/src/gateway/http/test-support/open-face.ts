import type { HttpFace, HttpFaceEvent, ListenHttpOptions } from "../http-face.js";
import { listenHttp } from "../listen-http.js";
import { type AgentAnswer, type AgentCall, type AgentStream, ask, listen } from "./http-agent.js";
import { createScriptedAgents, type ScriptedAgent } from "./scripted-agents.js";

/** A face on a loopback port over sessions in memory. */
export interface OpenFace extends AsyncDisposable {
  readonly face: HttpFace;
  readonly url: string;
  readonly events: HttpFaceEvent[];
  readonly agents: readonly ScriptedAgent[];
  readonly ask: (call: AgentCall) => Promise<AgentAnswer>;
  readonly listen: (call: AgentCall) => Promise<AgentStream>;
  /** Shakes hands. @returns the headers of every later request of the session */
  readonly initialize: (version?: string) => Promise<Record<string, string>>;
}

/** Opens one. @param maxEgressBytes what may wait for one agent */
export async function openFace(
  options: Partial<ListenHttpOptions> = {},
  maxEgressBytes?: number,
): Promise<OpenFace> {
  const events: HttpFaceEvent[] = [];
  const agents = createScriptedAgents(maxEgressBytes);
  const face = await listenHttp({
    openSession: (session) => agents.openSession(session),
    serverNames: () => ["files", "web"],
    auth: { kind: "none" },
    port: 0,
    onEvent: (event) => void events.push(event),
    ...options,
  });
  const { url } = face;
  return {
    face,
    url,
    events,
    agents: agents.sessions,
    ask: (call) => ask(url, call),
    listen: (call) => listen(url, call),
    initialize: async (version = "2025-11-25") => {
      const answer = await ask(url, { body: initializeMessage(version) });
      return { "mcp-session-id": String(answer.headers["mcp-session-id"]), "mcp-protocol-version": version };
    },
    [Symbol.asyncDispose]: () => face.close(),
  };
}

/** A request of the legacy era. */
export function rpc(id: number | string, method: string, params?: object): object {
  return { jsonrpc: "2.0", id, method, ...(params === undefined ? {} : { params }) };
}

/** The first request of a session. */
export function initializeMessage(version = "2025-11-25"): object {
  const clientInfo = { name: "hand-made", version: "1" };
  return rpc(0, "initialize", { protocolVersion: version, capabilities: {}, clientInfo });
}

/** A request of the modern era with its headers. */
export function modern(id: number | string, method: string, params: object = {}): AgentCall {
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "hand-made", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const body = rpc(id, method, { _meta: meta, ...params });
  return { headers: { "mcp-protocol-version": "2026-07-28", "mcp-method": method }, body };
}

/** Waits for something that no event tells of. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}
