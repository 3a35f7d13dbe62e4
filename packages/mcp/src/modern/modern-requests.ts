import { untilAborted } from "@fairlead/core";
import type { CallAnswer, McpCall, McpChannel } from "../connection/types.js";
import { toBuffer } from "../envelope/members.js";
import { eraErrorCodes } from "../eras/era-errors.js";
import { addEnvelope, adoptEnvelope, type RequestEnvelope } from "../eras/request-envelope.js";
import { listAll } from "../lists/list-all.js";
import { createListCache } from "./list-cache.js";
import { refuseMismatch, rpcCodeOf } from "./modern-errors.js";
import { createToolHeaders, type ToolHeaders } from "./tool-headers.js";

/** What modern requests are made of. */
export interface ModernRequestsOptions {
  readonly channel: McpChannel;
  /** The server's name, for messages. */
  readonly name: string;
  readonly envelope: RequestEnvelope;
  /** Over HTTP parts of a call travel in headers too. */
  readonly transport: "stdio" | "http";
  readonly warn: (text: string) => void;
}

/** One request as it is to be sent. */
export interface ModernRequest {
  /** On whose behalf: what comes on the stream of the request belongs to it. */
  readonly owner: McpCall;
  /** Those of the owner, or those of a later round. */
  readonly params: Buffer | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How long the tools are listed, all pages together, for the sake of the headers of calls, in milliseconds. */
const fetchToolsMs = 30_000;

/** Single requests to a modern server: with envelope and headers, answered from the cache where a page is fresh. */
export class ModernRequests {
  readonly #options: ModernRequestsOptions;
  readonly #cache = createListCache();
  readonly #toolHeaders: ToolHeaders | undefined;
  readonly #owners = new WeakMap<McpCall, McpCall>();
  #logLevel: string | undefined;
  #toolsFetch: Promise<void> | undefined;

  constructor(options: ModernRequestsOptions) {
    this.#options = options;
    this.#toolHeaders = options.transport === "http" ? createToolHeaders(options.warn) : undefined;
  }

  /** The least severe log message that is wanted from now on. */
  setLogLevel(level: string): void {
    this.#logLevel = level;
  }

  /** The call on whose behalf the channel was given this one. */
  ownerOf(sent: McpCall): McpCall | undefined {
    return this.#owners.get(sent);
  }

  /** Forgets what a notification says has changed. */
  forget(notification: string): void {
    this.#cache.forget(notification);
    if (notification === "notifications/tools/list_changed") this.#toolsFetch = undefined;
  }

  /** Gives params, the caller's own bytes, with the envelope in their `_meta`. */
  envelop(params: Uint8Array | undefined): Buffer {
    const envelope = { ...this.#options.envelope, logLevel: this.#logLevel };
    return addEnvelope(params === undefined ? undefined : toBuffer(params), envelope);
  }

  /**
   * Makes one request. That of an owner who speaks the modern era itself is never answered from what is kept here for
   * others, and a refusal of its revision is its own to hear.
   * @throws FairleadError as the channel gives it, or `protocol` `version_mismatch`
   */
  async send(request: ModernRequest): Promise<CallAnswer> {
    const { method, isModern = false } = request.owner;
    if (isModern) return this.#sendAsIs(request);
    const page = this.#cache.find(method, request.params);
    if (page !== undefined) return { kind: "result", result: page };
    const keep = this.#cache.expect(method, request.params);
    const answer = await this.#sendWithHeaders(request);
    if (answer.kind === "error") {
      refuseMismatch(this.#options.name, answer.error);
      return answer;
    }
    const result = this.#observe(method, answer.result);
    keep(result);
    return { kind: "result", result };
  }

  async #sendAsIs(request: ModernRequest): Promise<CallAnswer> {
    const answer = await this.#sendWithHeaders(request);
    if (answer.kind === "error") return answer;
    return { kind: "result", result: this.#observe(request.owner.method, answer.result) };
  }

  /** Learns from a page of tools which of their arguments travel in headers. @returns the page as it may be shown */
  #observe(method: string, result: Buffer): Buffer {
    return method === "tools/list" && this.#toolHeaders !== undefined
      ? this.#toolHeaders.observe(result)
      : result;
  }

  async #sendWithHeaders(request: ModernRequest): Promise<CallAnswer> {
    const { owner, params } = request;
    if (this.#toolHeaders === undefined || owner.method !== "tools/call" || params === undefined) {
      return this.#post(request, owner.headers);
    }
    if (this.#toolHeaders.headersOf(params) === undefined) await this.#learnTools(request.signal);
    const answer = await this.#post(request, { ...owner.headers, ...this.#toolHeaders.headersOf(params) });
    const isMismatch = answer.kind === "error" && rpcCodeOf(answer.error) === eraErrorCodes.headerMismatch;
    if (!isMismatch) return answer;
    // The tool has changed since its list was read; the server did nothing yet.
    this.forget("notifications/tools/list_changed");
    await this.#learnTools(request.signal);
    return this.#post(request, { ...owner.headers, ...this.#toolHeaders.headersOf(params) });
  }

  #post({ owner, params, signal }: ModernRequest, headers: McpCall["headers"]): Promise<CallAnswer> {
    const { protocolVersion } = this.#options.envelope;
    const isOwn = owner.isModern === true && params !== undefined;
    const own = isOwn ? adoptEnvelope(params, protocolVersion) : undefined;
    const sent: McpCall = {
      ...owner,
      params: own ?? this.envelop(params),
      signal,
      timeoutMs: undefined,
      headers,
    };
    this.#owners.set(sent, owner);
    return this.#options.channel.request(sent);
  }

  /** Reads the tools once for all calls that need them; a call whose tool is in no list goes without headers. */
  #learnTools(signal: AbortSignal | undefined): Promise<void> {
    this.#toolsFetch ??= this.#fetchTools();
    return untilAborted(this.#toolsFetch, signal, "tools/list");
  }

  async #fetchTools(): Promise<void> {
    const request = (call: McpCall): Promise<CallAnswer> =>
      this.send({
        owner: call,
        params: call.params === undefined ? undefined : toBuffer(call.params),
        signal: call.signal,
      });
    try {
      await listAll({ request }, "tools/list", { signal: AbortSignal.timeout(fetchToolsMs) });
    } catch (error) {
      this.#options.warn(`tools/list for the headers of a call failed: ${String(error)}`);
    }
  }
}
