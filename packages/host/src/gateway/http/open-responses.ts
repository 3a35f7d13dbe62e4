import type { ServerResponse } from "node:http";
import { isBehind } from "./paced-writer.js";

/** The responses of one session that are not closed yet, of whatever kind they are. */
export interface OpenResponses {
  add(response: ServerResponse): void;
  /** Breaks the connections of those whose readers have not taken everything: what waits there takes memory. */
  breakBehind(): void;
}

/** Makes the list of a session. */
export function createOpenResponses(): OpenResponses {
  const open = new Set<ServerResponse>();
  return {
    add(response) {
      open.add(response);
      response.on("close", () => open.delete(response));
    },
    breakBehind() {
      for (const response of open) {
        if (isBehind(response)) response.destroy();
      }
    },
  };
}
