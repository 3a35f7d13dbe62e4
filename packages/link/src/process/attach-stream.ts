import { FairleadError } from "@fairlead/core";
import {
  type AttachRequest,
  type AttachResponse__Output,
  fromServiceError,
  readErrorDetail,
} from "@fairlead/wire";
import { status } from "@grpc/grpc-js";
import { resetLater } from "../channel/reset-later.js";
import type { AttachCall, Route } from "../session/connection.js";

/** Who listens to a stream. */
export interface AttachListener {
  onFrame(frame: AttachResponse__Output): void;
  /** The stream is over although nobody left it. @param error reason `executor_unreachable` if the transport broke */
  onBroken(error: FairleadError): void;
}

/** What is known of a stream when it is opened. */
export interface AttachStreamOptions {
  readonly route: Route;
  /** Names the executor in messages. */
  readonly what: string;
  /** What the executor is told that may be under way in each direction. @default the whole windows of the process */
  readonly windowBytes?: number | undefined;
}

/** One attachment to a process, over one connection. Once it was left its listener hears nothing more. */
export class AttachStream {
  readonly route: Route;
  /** As {@link AttachStreamOptions.windowBytes}. */
  readonly windowBytes: number | undefined;
  readonly call: AttachCall;
  #isOver = false;

  constructor(call: AttachCall, options: AttachStreamOptions, listener: AttachListener) {
    this.route = options.route;
    this.windowBytes = options.windowBytes;
    this.call = call;
    const broken = (error: unknown): void => {
      if (this.#isOver) return;
      this.#isOver = true;
      listener.onBroken(fromServiceError(error, options.what));
    };
    call.on("data", (frame: AttachResponse__Output) => {
      if (!this.#isOver) listener.onFrame(frame);
    });
    call.on("error", broken);
    call.on("end", () =>
      broken(
        new FairleadError("unavailable", `${options.what}: the stream ended`, {
          reason: "executor_unreachable",
        }),
      ),
    );
  }

  send(frame: AttachRequest): void {
    if (!this.#isOver) this.call.write(frame);
  }

  /**
   * Says goodbye and ends it.
   * @returns whether the executor certainly heard it. Never rejects
   */
  leave(exitSeen = false): Promise<boolean> {
    if (this.#isOver) return Promise.resolve(false);
    this.#isOver = true;
    this.call.write({ exitSeen, detach: true });
    this.call.end();
    const keep = resetLater(this.call);
    return new Promise((resolve) => {
      this.call.once("status", ({ code, metadata }) => {
        keep();
        resolve(code === status.OK || readErrorDetail(metadata, undefined) !== undefined);
      });
    });
  }
}
