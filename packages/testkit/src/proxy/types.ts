/** A direction through a proxy, as whoever connects sees it: to the target, or back from it. */
export type LineDirection = "toTarget" | "fromTarget";

/** What one direction of a connection looked like at the moment of a cut. */
export interface DirectionCut {
  /** Bytes that had been handed to the receiver. */
  readonly deliveredBytes: number;
  /** Bytes that the proxy had taken and not handed over: the receiver has surely not seen them. */
  readonly heldBytes: number;
  /** Payload of HTTP/2 DATA frames among them, which for this reason nobody can have acknowledged. 0 without HTTP/2. */
  readonly heldDataBytes: number;
  /** Whether what the receiver got ends in the middle of an HTTP/2 frame. */
  readonly insideFrame: boolean;
}

/** One connection broken by one cut. */
export interface CutRecord {
  /** Counts the cuts of the proxy from 1; connections broken together share it. */
  readonly cut: number;
  /** The connection's number. */
  readonly connection: number;
  /** On the clock of `performance.now()`. */
  readonly atMs: number;
  readonly toTarget: DirectionCut;
  readonly fromTarget: DirectionCut;
}

/** What can be done to a line. Without a direction both are meant. */
export interface LineControls {
  /** Breaks it now: both ends get a reset, and what was under way is lost. @returns one record per broken connection */
  cut(): readonly CutRecord[];
  /**
   * Waits until a part of an HTTP/2 DATA frame that travels in the direction was delivered, and cuts in its middle.
   * @throws FairleadError `canceled` if the connection, or the proxy, is closed before
   */
  cutInsideFrame(direction: LineDirection): Promise<readonly CutRecord[]>;
  /** Goes silent: nothing passes, nothing is closed, also no end that happens meanwhile (a half-open peer). */
  pause(direction?: LineDirection): void;
  /** Ends the silence; what was under way arrives. */
  resume(direction?: LineDirection): void;
}

/** One connection through a proxy. It stays readable after its end; doing something to it then changes nothing. */
export interface ChaosConnection extends LineControls {
  /** From 1, in the order of acceptance. */
  readonly number: number;
  readonly isOpen: boolean;
  /** Settles when both of its sockets are closed. */
  readonly closed: Promise<void>;
  /** Bytes count when they are handed to their end. */
  readonly bytesToTarget: number;
  readonly bytesFromTarget: number;
  /** What a cut would find now, so that a test can wait for bytes to be under way. */
  look(): Readonly<Record<LineDirection, DirectionCut>>;
  /** Adds a delay to that of the line, for bytes that leave from now on. Order is kept. */
  delay(extraMs: number, direction?: LineDirection): void;
  /** Inverts the byte in the middle of the next chunk. */
  corrupt(direction: LineDirection): void;
  /** Delivers half of the next chunk, then an orderly end, as if nothing had been left to say. The rest is lost. */
  truncate(direction: LineDirection): void;
}

/** What becomes of new connections: carried, accepted but silent until they are carried again, or reset at once. */
export type Admission = "carry" | "hold" | "refuse";

/** Sums over all cuts of a proxy, of one direction. */
export interface CutSums {
  readonly heldBytes: number;
  readonly heldDataBytes: number;
  /** Cuts at which DATA payload was held in this direction, whatever the number of connections. */
  readonly cutsHoldingData: number;
  readonly cutsInsideFrame: number;
}

/** What went through a proxy so far. Bytes count when they are handed to their end. */
export interface ChaosCounters {
  /** Accepted and not refused. */
  readonly connections: number;
  readonly openConnections: number;
  readonly refusedConnections: number;
  readonly bytesToTarget: number;
  readonly bytesFromTarget: number;
  /** Cuts that broke something. */
  readonly cuts: number;
  /** Cuts that fell inside a frame of either direction. */
  readonly cutsInsideFrame: number;
  readonly toTarget: CutSums;
  readonly fromTarget: CutSums;
}
