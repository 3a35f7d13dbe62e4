import { canceledError, FairleadError, toFairleadError, untilAborted } from "@fairlead/core";
import {
  connectionWindowBytes,
  type FileStreamRequest,
  type FileStreamResponse__Output,
  fileWindowBytes,
  fromServiceError,
} from "@fairlead/wire";
import { resetLater } from "../channel/reset-later.js";
import type { Connection, FileCall, Route } from "../session/connection.js";
import type { SessionHandle } from "../session/session-handle.js";
import { checkFilesFeature } from "./check-files-feature.js";

/** What may be under way on the control connection: 50 ms on a line of 10 Mbit/s, so that nobody waits behind it. */
const interactiveBytes = 64 * 1024;

/** What is to become of a file stream. */
export interface FileStreamOptions {
  readonly signal: AbortSignal | undefined;
  /** Makes the first frame. @param windowBytes what may be under way, either way */
  readonly head: (windowBytes: number) => FileStreamRequest;
  /** Takes every frame; a throw ends the stream with that failure. */
  readonly onFrame: (frame: FileStreamResponse__Output, stream: FileStream) => void;
  /**
   * Called once when it ends, unless it was left.
   * @param failure undefined where everything arrived
   * @param isTold whether the executor said so, and not this side or the line
   */
  readonly onOver: (failure: FairleadError | undefined, isTold: boolean) => void;
}

/** One read, write, listing, search or watch on its way. */
export interface FileStream {
  /** What may be under way, either way. */
  readonly windowBytes: number;
  /** Does nothing once it is over. */
  send(frame: FileStreamRequest): void;
  /** Gives it up without a failure. Does nothing once it is over. */
  leave(): void;
  /** Gives it up with one. */
  abort(why: FairleadError): void;
}

/**
 * Opens a stream about files. Bulk has its own connection, so that neither heartbeats nor calls wait behind it. A broken
 * stream is its end: nothing of it is repeated.
 * @throws FairleadError `feature_missing`, `executor_unreachable`, `session_lost` or `canceled`; nothing was sent then
 */
export async function openFileStream(
  session: SessionHandle,
  options: FileStreamOptions,
): Promise<FileStream> {
  checkFilesFeature(session);
  const { what } = session;
  const { signal } = options;
  for (;;) {
    throwIfAborted(signal, what);
    const connection = await session.connection(signal);
    const isReady = connection.hasBulk && (await untilAborted(connection.bulkReady(), signal, what));
    throwIfAborted(signal, what);
    if (!connection.isOver)
      return new OpenFileStream(session, connection, { ...options, route: isReady ? "bulk" : "control" });
  }
}

class OpenFileStream implements FileStream {
  readonly windowBytes: number;
  readonly #options: FileStreamOptions & { readonly route: Route };
  readonly #session: SessionHandle;
  readonly #connection: Connection;
  readonly #call: FileCall;
  readonly #leaveSession: () => void;
  readonly #onAbort = (): void => {
    const { signal } = this.#options;
    if (signal !== undefined) this.abort(canceledError(signal, this.#session.what));
  };
  #isOver = false;

  constructor(
    session: SessionHandle,
    connection: Connection,
    options: FileStreamOptions & { readonly route: Route },
  ) {
    const { route, signal } = options;
    const mostBytes = route === "bulk" || connection.needsNoBulk ? connectionWindowBytes : interactiveBytes;
    this.windowBytes = Math.min(mostBytes, fileWindowBytes(session.limits));
    this.#session = session;
    this.#connection = connection;
    this.#options = options;
    this.#call = connection.fileStream(route);
    this.#listen();
    this.send(options.head(this.windowBytes));
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    this.#leaveSession = session.join({
      connected: () => {},
      // A session that is lost with its connection says so at once, and that is the better answer.
      disconnected: () =>
        queueMicrotask(() => this.abort(session.isClosed ? closed(session.what) : broken(session.what))),
      ended: (error) => this.abort(error),
    });
  }

  send(frame: FileStreamRequest): void {
    if (!this.#isOver) this.#call.write(frame);
  }

  leave(): void {
    if (this.#isOver) return;
    this.send({ cancel: true });
    this.#finish();
    this.#call.end();
    this.#call.once("status", resetLater(this.#call));
  }

  abort(why: FairleadError): void {
    if (this.#isOver) return;
    this.leave();
    this.#options.onOver(why, false);
  }

  #listen(): void {
    const { what } = this.#session;
    this.#call.on("data", (frame: FileStreamResponse__Output) => {
      if (this.#isOver) return;
      this.#connection.heard();
      try {
        this.#options.onFrame(frame, this);
        if (frame.end) this.#arrived();
      } catch (failure) {
        this.abort(toFairleadError(failure));
      }
    });
    this.#call.on("error", (error: unknown) => this.#broke(fromServiceError(error, what)));
    this.#call.on("end", () => this.#broke(broken(what)));
  }

  #arrived(): void {
    if (this.#isOver) return;
    this.#finish();
    this.#call.end();
    this.#options.onOver(undefined, true);
  }

  #broke(error: FairleadError): void {
    if (this.#isOver) return;
    this.#finish();
    const isTold = error.reason !== "executor_unreachable";
    this.#options.onOver(error, isTold);
    if (isTold) return;
    if (this.#options.route === "control") this.#connection.fail(error);
    else this.#connection.bulkFailed(this.#call);
  }

  #finish(): void {
    this.#isOver = true;
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#leaveSession();
  }
}

function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted === true) throw canceledError(signal, what);
}

function broken(what: string): FairleadError {
  return new FairleadError("unavailable", `${what}: the connection broke`, {
    reason: "executor_unreachable",
  });
}

function closed(what: string): FairleadError {
  return new FairleadError("unavailable", `${what}: the session was closed`, { reason: "session_lost" });
}
