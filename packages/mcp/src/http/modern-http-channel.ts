import type { StopReport } from "@fairlead/core";
import type { StartedCall } from "../connection/call-table.js";
import type { CallAnswer, McpCall, McpChannel } from "../connection/types.js";
import { buildNotification } from "../envelope/build-message.js";
import { decodeString, findMember } from "../envelope/members.js";
import { namedMember } from "../eras/standard-headers.js";
import { driveCall } from "./drive-call.js";
import { encodeHeaderValue } from "./header-values.js";
import { type HttpChannelOptions, HttpCore, nothingStopped } from "./http-core.js";
import { exchange } from "./post-exchange.js";
import { postMessage } from "./post-message.js";

/** How a server of the modern era is reached. Handlers are told notifications with the call whose stream they came on. */
export interface ModernHttpOptions extends HttpChannelOptions {
  /** The revision told in `MCP-Protocol-Version`; a call may name another one in its headers. @default 2026-07-28 */
  readonly protocolVersion?: string | undefined;
}

const modernVersion = "2026-07-28";

/**
 * Opens a channel of the modern era: no handshake and no session, so nothing is sent until the first request, and it cannot
 * fail. Every request is one POST with `MCP-Protocol-Version`, `Mcp-Method`, `Mcp-Name` and the headers of its call; whoever
 * gives it up closes its stream. An answer under a status that says no is an answer; any other such status rejects with
 * `http_status`, its `details.status` saying which.
 */
export function openModernHttpChannel(options: ModernHttpOptions): McpChannel {
  return new ModernHttpChannel(options);
}

class ModernHttpChannel implements McpChannel {
  readonly #core: HttpCore;
  readonly #version: string;

  constructor(options: ModernHttpOptions) {
    this.#version = options.protocolVersion ?? modernVersion;
    this.#core = new HttpCore(options, {
      sendCall: (line, started) => void this.#run(line, started),
      // Closing the stream of a request takes it back.
      sendCancel: () => undefined,
      sendAnswer: undefined,
    });
  }

  request(call: McpCall): Promise<CallAnswer> {
    return this.#core.request(call);
  }

  notify(method: string, params?: Uint8Array): void {
    if (this.#core.isClosed) return;
    const line = buildNotification({ method, paramsRaw: params });
    const sending = postMessage(this.#core, line, {
      what: method,
      headers: this.#headers(method, undefined),
    });
    sending.catch((error: unknown) => this.#core.warn(`${method} could not be sent: ${String(error)}`));
  }

  holdOutput(): () => void {
    return this.#core.gate.hold();
  }

  stderrTail(): string {
    return "";
  }

  async close(): Promise<StopReport> {
    await this.#core.endByOwner();
    return nothingStopped;
  }

  [Symbol.asyncDispose] = async (): Promise<void> => {
    await this.close();
  };

  #run(line: Buffer, started: StartedCall): Promise<void> {
    const core = this.#core;
    const { method, params } = started.call;
    const headers = this.#headers(method, params);
    return driveCall(line, {
      core,
      started,
      attempt: (request, signal) =>
        exchange(request, {
          core,
          started,
          headers,
          signal,
          isSession: false,
          isResumable: false,
          takesNamelessErrors: true,
        }),
    });
  }

  #headers(method: string, params: Uint8Array | undefined): Record<string, string> {
    const name = readName(method, params);
    return {
      "mcp-protocol-version": this.#version,
      "mcp-method": encodeHeaderValue(method),
      ...(name === undefined ? {} : { "mcp-name": encodeHeaderValue(name) }),
    };
  }
}

function readName(method: string, params: Uint8Array | undefined): string | undefined {
  const key = namedMember(method);
  if (key === undefined || params === undefined) return undefined;
  const bytes = Buffer.from(params.buffer, params.byteOffset, params.byteLength);
  const range = findMember(bytes, { start: 0, end: bytes.length }, key);
  return range === undefined || bytes[range.start] !== 0x22 ? undefined : decodeString(bytes, range);
}
