/** A piece of a program's output. `offset` counts the bytes of both streams before it, in the order in which they came. */
export interface ControlChunk {
  stream: "stdout" | "stderr";
  offset: number;
  /** The bytes as text, where they are whole UTF-8. */
  data?: string | undefined;
  /** The bytes, where they are not. */
  dataBase64?: string | undefined;
}

/** How a program ended: its exit code, or the signal that ended it. */
export interface ControlExit {
  reason: string;
  code: number | null;
  signal: string | null;
}

/** A session, as lists tell it. */
export interface ControlSession {
  sessionId: string;
  executor: string;
  program: string;
  pid: number;
  /** Unix time in milliseconds. */
  startedAtMs: number;
  isTerminal: boolean;
  /** Whether whoever asks is its owner. */
  isOwn: boolean;
  keep: boolean;
  exit: ControlExit | null;
}

/** What a listener of a session is told, in this order: the state, events, and that it is over. */
export type ControlSessionMessage =
  | {
      type: "initialState";
      session: ControlSession;
      /** Of the first byte that is still kept: what came before is gone. */
      offset: number;
      output: ControlChunk[];
    }
  | { type: "event"; event: OutputEvent | ExitEvent }
  | { type: "cancelled"; reason: "removed" | "stopped" | "closed" }
  | { type: "connectionRevoked" };

interface OutputEvent extends ControlChunk {
  type: "output";
}

interface ExitEvent extends ControlExit {
  type: "exit";
}

/** What the stop of a session did, read back from the process table. */
export interface ControlStop {
  ended: { pid: number; name: string }[];
  forced: { pid: number; name: string }[];
  survived: { pid: number; name: string }[];
  blindSpots: string[];
}

/** How the start of a server goes. */
export interface ControlStartupStatus {
  name: string;
  status: "starting" | "ready" | "failed" | "cancelled";
  error: string | null;
  failureReason: string | null;
  /** What a person should know although it is ready, with the line to type. */
  warning?: string | undefined;
}

/** That somebody logged in to a server or out of it. */
export interface ControlAuthChange {
  name: string;
  change: "login" | "logout";
}

/** How a login ended that a program began. */
export interface ControlLoginEnd {
  name: string;
  success: boolean;
  error: string | null;
}
