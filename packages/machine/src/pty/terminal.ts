import type { Child } from "../processes/child.js";
import { MasterStream } from "./master-stream.js";
import { rememberMaster } from "./open-masters.js";
import type { PtyLibrary } from "./pty-library.js";
import { createTerminalWriter } from "./terminal-writer.js";

/** What a terminal joins to a child, once there is one. */
export interface Terminal extends Pick<Child, "stdin" | "resize"> {
  readonly outputs: { readonly stdout: MasterStream };
  /** To be called when the child has ended, or was never started: nothing is written any more, and what is destroyed closes. */
  childEnded(): void;
}

/** Takes over our end of a terminal; the descriptor is closed with the output. @param program named in errors */
export function createTerminal(fd: number, library: PtyLibrary, program: string): Terminal {
  const stdout = new MasterStream(fd);
  rememberMaster(stdout);
  const stdin = createTerminalWriter(stdout, program);
  stdout.once("close", () => stdin.destroy());
  return {
    stdin,
    outputs: { stdout },
    childEnded: () => {
      stdin.destroy();
      stdout.release();
    },
    resize: (columns, rows) => {
      if (!stdout.isClosed) library.resize(fd, columns, rows);
    },
  };
}
