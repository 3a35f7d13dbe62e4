import { FairleadError } from "@fairlead/core";
import { fromServiceError, type LeaseRequest, type LeaseResponse__Output } from "@fairlead/wire";
import type { ClientDuplexStream } from "@grpc/grpc-js";

/** A second look this long after the first makes sure that bytes already received were counted. */
const secondLookMs = 50;

/** How a lease is kept. */
export interface LeaseClientOptions {
  readonly heartbeatMs: number;
  readonly heartbeatsMissed: number;
  /** Names the executor in messages. */
  readonly executorName: string;
  /** Called once, when the lease is over without {@link LeaseClient.end}. */
  readonly onLost: (error: FairleadError) => void;
}

/** The client's end of a lease. */
export interface LeaseClient {
  /** Counts as a sign of life of the executor. */
  heard(): void;
  /** Ends it on purpose. */
  end(): void;
}

/** Keeps a lease: sends heartbeats, and notices when the executor falls silent or its connection breaks. */
export function keepLease(
  call: ClientDuplexStream<LeaseRequest, LeaseResponse__Output>,
  options: LeaseClientOptions,
): LeaseClient {
  const { heartbeatMs } = options;
  const silenceMs = heartbeatMs * options.heartbeatsMissed;
  let over = false;
  let heartbeat = 0;
  let heardAtMs = performance.now();
  let expectedAtMs = heardAtMs + heartbeatMs;
  let secondLook: NodeJS.Timeout | undefined;

  const beat = setInterval(() => {
    const nowMs = performance.now();
    // A late timer means that this process was suspended: the executor gets a full interval to be heard again.
    if (nowMs - expectedAtMs > heartbeatMs) heardAtMs = nowMs;
    expectedAtMs = nowMs + heartbeatMs;
    send();
    if (isSilent()) {
      secondLook ??= setTimeout(() => {
        secondLook = undefined;
        if (isSilent()) lose(lost(`nothing was heard from it for ${silenceMs} ms`));
      }, secondLookMs);
    }
  }, heartbeatMs);
  call.on("data", () => {
    heardAtMs = performance.now();
  });
  call.on("end", () => lose(lost("it ended the session")));
  call.on("error", (error: unknown) => {
    const told = fromServiceError(error, `Executor ${options.executorName}`);
    lose(told.reason === "session_displaced" ? told : lost("the connection broke", error));
  });
  send();
  return {
    heard: () => {
      heardAtMs = performance.now();
    },
    end: () => {
      finish();
      call.end();
    },
  };

  function send(): void {
    heartbeat += 1;
    call.write({ heartbeat });
  }

  function isSilent(): boolean {
    return performance.now() - heardAtMs > silenceMs;
  }

  function lose(error: FairleadError): void {
    if (over) return;
    finish();
    call.cancel();
    options.onLost(error);
  }

  function finish(): void {
    over = true;
    clearInterval(beat);
    clearTimeout(secondLook);
  }

  function lost(how: string, cause?: unknown): FairleadError {
    return new FairleadError(
      "unavailable",
      `The session with executor ${options.executorName} was lost: ${how}`,
      {
        cause,
        reason: "session_lost",
        details: { executor: options.executorName },
      },
    );
  }
}
