import { maxTimerMs } from "./settle.js";

/** A second look this long after the first makes sure that bytes which had arrived already were counted. */
export const secondLookMs = 50;

/** How a peer is watched. */
export interface PeerWatchOptions {
  /** How often each side is heard from. */
  readonly heartbeatMs: number;
  /** Heartbeats that may be missed before the peer counts as gone. */
  readonly heartbeatsMissed: number;
  /** Sends a heartbeat of our own. */
  readonly onBeat: () => void;
  /** Called once, when the peer was silent for too long. @param silentMs how long */
  readonly onSilent: (silentMs: number) => void;
}

/** Watches whether a peer is alive, until it is stopped. */
export interface PeerWatch {
  /** Notes any sign of life of the peer. */
  heard(): void;
  /** Ends the watch; nothing is called any more. */
  stop(): void;
}

/**
 * Sends heartbeats and notices silence. A peer is given up only after two looks, and never for a silence that was our own:
 * where our timer ran late we were suspended, and the peer gets the whole time again. Both ends of a lease use it.
 */
export function startPeerWatch(options: PeerWatchOptions): PeerWatch {
  const { heartbeatMs, onBeat, onSilent } = options;
  const limitMs = heartbeatMs * options.heartbeatsMissed;
  let heardAtMs = performance.now();
  let expectedAtMs = heardAtMs + heartbeatMs;
  let secondLook: ReturnType<typeof setTimeout> | undefined;

  const silentMs = (): number => performance.now() - heardAtMs;
  const stop = (): void => {
    clearInterval(beat);
    clearTimeout(secondLook);
  };
  const lookAgain = (): void => {
    secondLook = undefined;
    const silence = silentMs();
    if (silence <= limitMs) return;
    stop();
    onSilent(silence);
  };
  const beat = setInterval(
    () => {
      const nowMs = performance.now();
      if (nowMs - expectedAtMs > heartbeatMs) heardAtMs = nowMs;
      expectedAtMs = nowMs + heartbeatMs;
      onBeat();
      if (silentMs() > limitMs) secondLook ??= setTimeout(lookAgain, secondLookMs);
    },
    Math.min(heartbeatMs, maxTimerMs),
  );
  return {
    heard: () => {
      heardAtMs = performance.now();
    },
    stop,
  };
}
