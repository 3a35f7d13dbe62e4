import { type ExecutorLimits, type FairleadError, toFairleadError } from "@fairlead/core";
import type {
  AttachRequest,
  AttachResponse__Output,
  FileStreamRequest,
  FileStreamResponse__Output,
  HttpRequestFrame,
  HttpResponseFrame__Output,
  SessionRef,
} from "@fairlead/wire";
import type { ClientDuplexStream, Metadata } from "@grpc/grpc-js";
import { callUnary, type UnaryStart } from "../channel/call-unary.js";
import { type Channel, createChannel } from "../channel/channel.js";
import type { CancelableCall } from "../channel/reset-later.js";
import type { ExecutorTarget } from "../channel/target.js";
import { keepLease, type LeaseClient } from "./lease-client.js";

/** How long a second connection may take to come up; until then bulk data stays on the first. */
const bulkConnectMs = 3_000;
/** How long no other second connection is tried after one failed. */
const bulkPauseMs = 10_000;

/** The stream of one attachment to a process. */
export type AttachCall = ClientDuplexStream<AttachRequest, AttachResponse__Output>;

/** The stream of one HTTP request. */
export type HttpCall = ClientDuplexStream<HttpRequestFrame, HttpResponseFrame__Output>;

/** The stream of one read, write, listing, search or watch. */
export type FileCall = ClientDuplexStream<FileStreamRequest, FileStreamResponse__Output>;

/** Which connection a stream goes over: `control` is for what must not wait behind bulk data. */
export type Route = "control" | "bulk";

/** What a connection needs to know. */
export interface ConnectionOptions {
  readonly target: ExecutorTarget;
  /** Names the executor in messages. */
  readonly what: string;
  readonly limits: ExecutorLimits;
  /**
   * Called once when the connection is of no more use. An error with reason `executor_unreachable` means that it broke;
   * any other that the executor ended the session.
   */
  readonly onOver: (error: FairleadError) => void;
}

/**
 * One epoch of a session: the lease, the calls, and a second HTTP/2 connection for bulk data, made when first needed. It
 * is used up when it breaks; the session then goes on with a new one.
 */
export class Connection {
  readonly control: Channel;
  readonly #options: ConnectionOptions;
  readonly #ref: SessionRef;
  readonly #calls = new Set<CancelableCall>();
  readonly #lease: LeaseClient;
  /** Which channel a stream went over; only those of the second connection are noted. */
  readonly #channelOf = new WeakMap<CancelableCall, Channel>();
  #bulk: Channel | undefined;
  #noBulkUntilMs = 0;
  #isOver = false;

  constructor(control: Channel, ref: SessionRef, options: ConnectionOptions) {
    this.control = control;
    this.#ref = ref;
    this.#options = options;
    const lease = control.session.lease(this.metadata());
    this.#track(lease);
    this.#lease = keepLease(lease, {
      ...options.limits,
      what: options.what,
      onOver: (error) => this.fail(error),
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether bulk data delays nobody on the one connection that there is: a unix socket holds little, and never for long. */
  get needsNoBulk(): boolean {
    return this.#options.target.url.startsWith("unix:");
  }

  /** Whether bulk data has a way of its own. */
  get hasBulk(): boolean {
    return !this.needsNoBulk && performance.now() >= this.#noBulkUntilMs;
  }

  metadata(): Metadata {
    return this.control.metadata(this.#ref);
  }

  /** Notes a sign of life of the executor. */
  heard(): void {
    this.#lease.heard();
  }

  /** Makes a call; a failure of the transport ends this connection. */
  async unary<Response>(signal: AbortSignal | undefined, start: UnaryStart<Response>): Promise<Response> {
    let call: CancelableCall | undefined;
    try {
      const response = await callUnary<Response>(this.#options.what, signal, (done) => {
        call = this.#track(start(done));
        return call;
      });
      this.heard();
      return response;
    } catch (error) {
      const failure = toFairleadError(error);
      if (failure.reason === "executor_unreachable") this.fail(failure);
      throw failure;
    } finally {
      if (call !== undefined) this.#calls.delete(call);
    }
  }

  /** Opens the stream of an attachment. */
  attach(route: Route): AttachCall {
    return this.#open(route, (channel) => channel.process.attach(this.metadata()));
  }

  /** Opens the stream of an HTTP request. */
  request(route: Route): HttpCall {
    return this.#open(route, (channel) => channel.http.request(this.metadata()));
  }

  /** Opens the stream of something done with files. */
  fileStream(route: Route): FileCall {
    return this.#open(route, (channel) => channel.files.stream(this.metadata()));
  }

  #open<Call extends AttachCall | HttpCall | FileCall>(route: Route, open: (channel: Channel) => Call): Call {
    const bulk = route === "bulk" ? this.#bulk : undefined;
    const call = open(bulk ?? this.control);
    if (bulk !== undefined) this.#channelOf.set(call, bulk);
    this.#track(call);
    call.on("status", () => this.#calls.delete(call));
    return call;
  }

  /** Brings up the second connection. @returns whether streams can use it now */
  async bulkReady(): Promise<boolean> {
    if (this.#isOver || !this.hasBulk) return false;
    this.#bulk ??= createChannel(this.#options.target);
    const bulk = this.#bulk;
    // Asked every time: a quiet connection may have been dropped on the way since the last one.
    if (await bulk.isReadyWithin(bulkConnectMs)) return !this.#isOver && this.#bulk === bulk;
    this.#closeBulk(bulk);
    return false;
  }

  /** Notes that a stream over the second connection broke; the first one goes on alone for a while. */
  bulkFailed(call: CancelableCall): void {
    const channel = this.#channelOf.get(call);
    if (channel !== undefined) this.#closeBulk(channel);
  }

  #closeBulk(channel: Channel): void {
    if (this.#bulk !== channel) return;
    this.#noBulkUntilMs = performance.now() + bulkPauseMs;
    this.#bulk = undefined;
    channel.close();
  }

  /** Ends it because of a failure, which is told to the session. */
  fail(error: FairleadError): void {
    if (this.#isOver) return;
    this.close();
    this.#options.onOver(error);
  }

  /** Ends it; every call that is still under way fails. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#lease.end();
    // Not at once: Node's HTTP/2 spins for ever where a stream with unsent data is reset inside one of its own callbacks.
    setImmediate(() => {
      for (const call of this.#calls) call.cancel();
      this.#calls.clear();
      this.#bulk?.close();
      this.control.close();
    });
  }

  #track<Call extends CancelableCall>(call: Call): Call {
    this.#calls.add(call);
    return call;
  }
}
