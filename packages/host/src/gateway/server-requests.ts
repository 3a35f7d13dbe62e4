import { type CallAnswer, findMember, replaceRanges, type ScannedRequest, sliceRange } from "@fairlead/mcp";
import type { AgentPeer } from "./agent-peer.js";
import type { MessageSink } from "./message-sink.js";
import { paramsOf } from "./raw-params.js";
import { refuseUnannounced } from "./unannounced.js";

/** How a question is put. */
export interface AskOptions {
  readonly signal: AbortSignal;
  /** The stream of the request that it belongs to. @default the standing one */
  readonly sink?: MessageSink | undefined;
  /** Sends the agent's progress to whoever asked. */
  readonly report?: (params: Buffer) => void;
}

/** Leads the questions of servers to the agent, and its progress on them back to the server that asked. */
export class ServerRequests {
  readonly #peer: AgentPeer;
  readonly #tokens = new Map<string, { readonly raw: Buffer; readonly report: (params: Buffer) => void }>();

  constructor(peer: AgentPeer) {
    this.#peer = peer;
  }

  /** Asks the agent on a server's behalf. @param capabilities what the agent announced */
  ask(
    message: ScannedRequest,
    capabilities: Readonly<Record<string, unknown>>,
    options: AskOptions,
  ): Promise<CallAnswer> {
    return this.put({ method: message.method, params: paramsOf(message) }, capabilities, options);
  }

  /** Asks the agent, whoever wants to know. @param capabilities what the agent announced */
  async put(
    { method, params }: { readonly method: string; readonly params: Buffer | undefined },
    capabilities: Readonly<Record<string, unknown>>,
    options: AskOptions,
  ): Promise<CallAnswer> {
    const refused = refuseUnannounced({ method, params }, capabilities);
    if (refused !== undefined) return refused;
    const tokenRange = params === undefined ? undefined : findToken(params);
    if (params === undefined || tokenRange === undefined) return this.#peer.request(method, params, options);
    // Two servers may well use the same token; the agent must not mix them up.
    const token = this.#peer.createToken();
    this.#tokens.set(token, { raw: sliceRange(params, tokenRange), report: options.report ?? (() => {}) });
    try {
      const renamed = replaceRanges(params, [{ ...tokenRange, bytes: JSON.stringify(token) }]);
      return await this.#peer.request(method, renamed, options);
    } finally {
      this.#tokens.delete(token);
    }
  }

  /** Passes the agent's progress on, with the server's own token put back. @returns whether it was one of ours */
  progress(params: Buffer): boolean {
    const range = findMember(params, { start: 0, end: params.length }, "progressToken");
    if (range === undefined) return false;
    const known = this.#tokens.get(params.toString("utf8", range.start + 1, range.end - 1));
    known?.report(replaceRanges(params, [{ ...range, bytes: known.raw }]));
    return known !== undefined;
  }
}

function findToken(params: Buffer): { start: number; end: number } | undefined {
  const meta = findMember(params, { start: 0, end: params.length }, "_meta");
  return meta === undefined ? undefined : findMember(params, meta, "progressToken");
}
