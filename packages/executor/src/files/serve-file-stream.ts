import { type ExecutorLimits, FairleadError, type Files, settlesWithinMs } from "@fairlead/core";
import type { DuplexCall, FileStreamRequest__Output, FileStreamResponse } from "@fairlead/wire";
import type { OpenRequests } from "../http/open-requests.js";
import { FlowWindow } from "./flow-window.js";
import { startFileWork } from "./start-file-work.js";

/** A stream about files as its handler sees it. */
export type FileStreamCall = DuplexCall<FileStreamRequest__Output, FileStreamResponse>;

/** How long a client that has everything may take to say so, before its stream is ended for it. */
const farewellMs = 2_000;
/** How long what came before a failure may take on its way, before the failure overtakes it. */
const lastBytesMs = 1_000;

/** What serving a file stream needs. */
export interface ServeFileStreamOptions {
  readonly files: Files;
  readonly limits: ExecutorLimits;
  /** The file streams of the session. */
  readonly streams: OpenRequests;
  /** Fires when the client is gone. */
  readonly signal: AbortSignal;
  /** Called for every frame of the client: it is alive. */
  readonly onHeard: () => void;
  /** Told about what is being done, which may outlast the stream by the time that breaking it off takes. */
  readonly onWork: (done: Promise<void>) => void;
}

/**
 * Does the one thing that a stream is for. It is broken off as soon as the client cancels or is gone, or its session is
 * taken over or ends.
 */
export function serveFileStream(call: FileStreamCall, options: ServeFileStreamOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = new AbortController();
    const flow = new FlowWindow(call);
    let farewell: NodeJS.Timeout | undefined;
    let leave = (): void => forget();
    let take: ((frame: FileStreamRequest__Output) => void) | undefined;

    const end = (failure?: unknown): void => {
      leave();
      clearTimeout(farewell);
      stop.abort();
      flow.stop();
      if (failure === undefined) resolve();
      else reject(failure);
    };
    const forget = options.streams.join(end);
    const whole = (): void => {
      if (stop.signal.aborted) return;
      // The client half-closes when it has seen the end; one that does not is not waited for long.
      farewell = setTimeout(end, farewellMs);
    };
    const failed = async (failure: unknown): Promise<void> => {
      if (stop.signal.aborted) return;
      await settlesWithinMs(call.flushed(), lastBytesMs);
      end(failure);
    };
    const begin = (head: FileStreamRequest__Output): void => {
      const giveBack = options.streams.begin();
      leave = () => {
        forget();
        giveBack();
      };
      const work = startFileWork(head, {
        call,
        flow,
        files: options.files,
        limits: options.limits,
        signal: stop.signal,
      });
      take = work.take;
      options.onWork(work.done.then(whole, failed).finally(giveBack));
    };
    options.signal.addEventListener("abort", () => end(), { once: true });
    call.onEnd(() => end());
    if (options.signal.aborted) end();
    call.onMessage((frame) => {
      options.onHeard();
      try {
        if (frame.cancel) end();
        else {
          if (take === undefined) begin(frame);
          else if (hasHead(frame)) throw invalid("The stream has a head already");
          if (frame.consumed !== undefined) flow.consumed(frame.consumed);
          if (frame.body !== undefined || frame.bodyEnd) take?.(frame);
        }
      } catch (failure) {
        end(failure);
      }
    });
  });
}

function hasHead({ list, read, write, search, watch }: FileStreamRequest__Output): boolean {
  return [list, read, write, search, watch].some((head) => head != null);
}

function invalid(message: string): FairleadError {
  return new FairleadError("protocol", message, { reason: "frame_invalid" });
}
