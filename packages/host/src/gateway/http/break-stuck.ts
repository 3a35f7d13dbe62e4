import type { ServerResponse } from "node:http";
import { isBehind } from "./paced-writer.js";

/** Shorter breaks happen on bad lines; longer ones would hold up for too long what else waits for the same agent. */
const stuckPauses = 3;

/**
 * Breaks the connection of a response once nothing of what waits for its reader has moved for three pauses of the
 * keep-alive, at the latest for six: it is dead, or as good as dead. Slow progress is life.
 */
export function breakWhenStuck(response: ServerResponse, keepAliveMs: number): void {
  // The timer of the socket starts anew with whatever it reads, writes or was rid of.
  response.setTimeout(stuckPauses * keepAliveMs, () => {
    if (isBehind(response)) response.destroy();
  });
}
