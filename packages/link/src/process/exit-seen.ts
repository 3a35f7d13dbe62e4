import type { Connection } from "../session/connection.js";
import type { SessionHandle, SessionMember } from "../session/session-handle.js";
import { AttachStream } from "./attach-stream.js";

/** Where a stream of an ended process would go on. */
export interface StreamEnd {
  readonly processId: string;
  readonly stdoutOffset: number;
  readonly stderrOffset: number;
  readonly generation: number;
}

/**
 * Tells the executor that the end of a process was seen, again over every new connection until it has heard it: what it
 * keeps of a process for a client that may come back it would else keep as long as the session.
 */
export function sayExitSeen(session: SessionHandle, end: StreamEnd): void {
  const member: SessionMember = {
    connected: (connection) => void say(connection),
    disconnected: () => {},
    ended: () => {},
  };
  const leaveSession = session.join(member);

  async function say(connection: Connection): Promise<void> {
    const options = { route: "control", what: session.what } as const;
    const nobody = { onFrame: () => connection.heard(), onBroken: () => {} };
    const stream = new AttachStream(connection.attach("control"), options, nobody);
    stream.send({ attach: end });
    if (await stream.leave(true)) leaveSession();
  }
}
