/** A tool that somebody may allow for good: what the question names. */
export interface RememberedTool {
  readonly server: string;
  /** The machine that the question named. The same server on another one is another thing to allow. */
  readonly executor: string;
  /** Raw name. */
  readonly tool: string;
}

/** Keeps what somebody allowed for good. The host owns none: whoever embeds it decides where that is written. */
export interface ApprovalStore {
  isAlways(tool: RememberedTool): boolean | Promise<boolean>;
  setAlways(tool: RememberedTool): void | Promise<void>;
}

/** A store that forgets everything with the process. */
export function createMemoryApprovalStore(): ApprovalStore {
  const allowed = new Set<string>();
  return {
    isAlways: (tool) => allowed.has(keyOf(tool)),
    setAlways: (tool) => void allowed.add(keyOf(tool)),
  };
}

function keyOf({ server, executor, tool }: RememberedTool): string {
  return JSON.stringify([server, executor, tool]);
}
