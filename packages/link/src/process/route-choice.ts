import type { Connection, Route } from "../session/connection.js";

/**
 * What may be under way in each direction of a process on the control connection: 50 ms on a line of 10 Mbit/s. A process
 * that needs more moves to the bulk connection, so that nobody waits behind it.
 */
const interactiveBytes = 64 * 1024;
/** A process that was quiet for so long goes back to the control connection. */
const calmMs = 1_000;

/** Which of a session's two connections the bytes of one process take: control while they are few, bulk while they are many. */
export class RouteChoice {
  #isMoving = false;
  #activeAtMs = 0;

  /** What may be under way on a stream over this route; undefined: all that the executor granted. */
  windowBytes(route: Route, connection: Connection): number | undefined {
    return route === "control" && connection.hasBulk ? interactiveBytes : undefined;
  }

  /** Whether so many bytes are more than one turn of a process on the control connection can come to. */
  isMuch(bytes: number): boolean {
    return bytes > interactiveBytes;
  }

  /** Notes that bytes went to or fro. */
  noteActivity(): void {
    this.#activeAtMs = performance.now();
  }

  /** Whether nothing went to or fro for a while. */
  get isCalm(): boolean {
    return performance.now() - this.#activeAtMs > calmMs;
  }

  /** Brings the bulk connection up. @returns the route to take now, or undefined where a move is under way already */
  async leaveControl(connection: Connection): Promise<Route | undefined> {
    if (this.#isMoving) return undefined;
    this.#isMoving = true;
    try {
      // Without a bulk connection the control connection carries it all, then with the whole window.
      return (await connection.bulkReady()) ? "bulk" : "control";
    } finally {
      this.#isMoving = false;
    }
  }
}
