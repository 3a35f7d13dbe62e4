/** Keeps what somebody allowed for good. The host owns none: whoever embeds it decides where that is written. */
export interface ApprovalStore {
  /** @param tool raw name */
  isAlways(server: string, tool: string): boolean | Promise<boolean>;
  /** @param tool raw name */
  setAlways(server: string, tool: string): void | Promise<void>;
}

/** A store that forgets everything with the process. */
export function createMemoryApprovalStore(): ApprovalStore {
  const allowed = new Set<string>();
  return {
    isAlways: (server, tool) => allowed.has(keyOf(server, tool)),
    setAlways: (server, tool) => void allowed.add(keyOf(server, tool)),
  };
}

function keyOf(server: string, tool: string): string {
  return JSON.stringify([server, tool]);
}
