import type { McpConnection } from "@fairlead/mcp";
import type { Member } from "./member.js";

/** Stops reading a server while the only agent that uses it is too slow for it; others must not wait for one. */
export interface OutputHold {
  /** Looks anew whose slowness the output waits for. */
  reconsider(): void;
  /** Lets it be read again, until it is looked at anew. */
  release(): void;
}

/** Makes one that holds nothing yet. @param connection the server's, if it is up */
export function createOutputHold(
  members: ReadonlySet<Member>,
  connection: () => McpConnection | undefined,
): OutputHold {
  let release: (() => void) | undefined;
  const hold: OutputHold = {
    reconsider() {
      const [only] = members;
      const isHeld = members.size === 1 && only !== undefined && only.outputHolds > 0;
      if (isHeld) release ??= connection()?.holdOutput();
      else hold.release();
    },
    release() {
      release?.();
      release = undefined;
    },
  };
  return hold;
}
