import { FairleadError, startPeerWatch } from "@fairlead/core";
import { fromServiceError, type LeaseRequest, type LeaseResponse__Output } from "@fairlead/wire";
import type { ClientDuplexStream } from "@grpc/grpc-js";

/** How a lease is kept. */
export interface LeaseClientOptions {
  readonly heartbeatMs: number;
  readonly heartbeatsMissed: number;
  /** Names the executor in messages. */
  readonly what: string;
  /** Called once, when the lease is over without {@link LeaseClient.end}. */
  readonly onOver: (error: FairleadError) => void;
}

/** The client's end of a lease. */
export interface LeaseClient {
  /** Counts as a sign of life of the executor. */
  heard(): void;
  /** Ends it on purpose. */
  end(): void;
}

/**
 * Keeps a lease: sends heartbeats, and notices when the executor falls silent (reason `executor_unreachable`), its
 * connection breaks (the same), or it ends the session (`session_lost`, `session_displaced`, `session_unknown`).
 */
export function keepLease(
  call: ClientDuplexStream<LeaseRequest, LeaseResponse__Output>,
  options: LeaseClientOptions,
): LeaseClient {
  const { what, onOver } = options;
  let over = false;
  let heartbeat = 0;
  const send = (): void => {
    heartbeat += 1;
    call.write({ heartbeat });
  };
  const watch = startPeerWatch({
    ...options,
    onBeat: send,
    onSilent: (silentMs) =>
      finish(
        new FairleadError("unavailable", `${what} was silent for ${Math.round(silentMs)} ms`, {
          reason: "executor_unreachable",
        }),
      ),
  });
  call.on("data", () => watch.heard());
  call.on("end", () =>
    finish(new FairleadError("unavailable", `${what} ended the session`, { reason: "session_lost" })),
  );
  call.on("error", (error: unknown) => finish(asFinalOrBroken(fromServiceError(error, what))));
  send();
  return {
    heard: () => watch.heard(),
    end: () => {
      over = true;
      watch.stop();
      call.end();
    },
  };

  function finish(error: FairleadError): void {
    if (over) return;
    over = true;
    watch.stop();
    onOver(error);
  }
}

/** Whatever ended the stream, the session may live on, unless the executor says that it does not, or not for us. */
function asFinalOrBroken(error: FairleadError): FairleadError {
  if (error.reason === "session_displaced" || error.reason === "session_unknown") return error;
  return new FairleadError("unavailable", error.message, { cause: error, reason: "executor_unreachable" });
}
