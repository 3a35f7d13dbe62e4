import type { Socket } from "node:net";

/** The longest line that is taken, in bytes: an attaching agent sends the variables that it was asked for. */
export const maxControlLineBytes = 1024 * 1024;

/** A line that was read, and what came behind it. */
export interface ReadLine {
  /** Without its end. */
  readonly line: string;
  readonly rest: Buffer;
}

/**
 * Reads one line from a connection, which is paused afterwards.
 * @param early what was read of it before
 * @param maxBytes a longer line ends the connection
 * @returns undefined where the connection ended, broke or sent too long a line
 */
export function readLine(socket: Socket, early: Buffer, maxBytes: number): Promise<ReadLine | undefined> {
  return new Promise((resolve) => {
    let held = early;
    let scanned = 0;
    const settle = (read: ReadLine | undefined): void => {
      socket.pause();
      socket.off("data", onData).off("end", onEnd).off("close", onEnd).off("error", onEnd);
      resolve(read);
    };
    const look = (): boolean => {
      const end = held.indexOf(10, scanned);
      scanned = held.length;
      if (end < 0 && held.length <= maxBytes) return false;
      if (end < 0 || end > maxBytes) {
        socket.destroy();
        settle(undefined);
      } else settle({ line: held.toString("utf8", 0, end), rest: held.subarray(end + 1) });
      return true;
    };
    const onData = (chunk: Buffer): void => {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      look();
    };
    const onEnd = (): void => settle(undefined);
    if (look()) return;
    if (socket.readableEnded || socket.destroyed) settle(undefined);
    else socket.on("data", onData).on("end", onEnd).on("close", onEnd).on("error", onEnd).resume();
  });
}
