import { readlinkSync } from "node:fs";
import { WriteStream } from "node:tty";
import { createLocalLauncher } from "@fairlead/machine";

/** The size of a terminal, in character cells. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** The terminal that this process runs in, as far as there is one. */
export interface OwnTerminal {
  /** @returns 80 × 24 where no terminal tells another */
  size(): TerminalSize;
  /** Calls back whenever the size changes. @returns ends that */
  onResize(listener: () => void): () => void;
  /** Lets keys and output pass as they are, Ctrl-C included, where the input is a terminal. */
  enterRawMode(): RawMode;
}

/** A terminal that lets everything pass. */
export interface RawMode {
  /** Settles when output is passed too; keys are from the start. Never rejects. */
  readonly ready: Promise<void>;
  /** Puts everything back as it was; calling it again does nothing. To be called after {@link ready}. */
  leave(): void;
}

/** What every terminal was once. */
const defaultSize: TerminalSize = { columns: 80, rows: 24 };

const noTerminal: RawMode = { ready: Promise.resolve(), leave: () => {} };

/** Looks at the streams of a process, which may be terminals or not. */
export function createOwnTerminal(
  streams: Readonly<Pick<NodeJS.Process, "stdin" | "stdout" | "stderr">>,
): OwnTerminal {
  const screen = [streams.stdout, streams.stderr].find((stream) => stream instanceof WriteStream);
  return {
    size: () => ({
      columns: positive(screen?.columns) ?? defaultSize.columns,
      rows: positive(screen?.rows) ?? defaultSize.rows,
    }),
    onResize: (listener) => {
      screen?.on("resize", listener);
      return () => void screen?.off("resize", listener);
    },
    enterRawMode: () => (streams.stdin.isTTY ? enterRawMode(streams.stdin) : noTerminal),
  };
}

/** Serial lines and some emulators say 0 where they do not know. */
function positive(cells: number | undefined): number | undefined {
  return cells !== undefined && cells > 0 ? cells : undefined;
}

function enterRawMode(stdin: NodeJS.Process["stdin"]): RawMode {
  stdin.setRawMode(true);
  const leave = (): void => {
    process.off("exit", leave);
    if (stdin.isRaw) stdin.setRawMode(false);
  };
  // For the ways out that pass by every `finally`: process.exit() and errors that nobody caught.
  process.once("exit", leave);
  const ready = passOutput(stdin).catch(() => {
    // Without it, full-screen programs may draw a stair; everything else works.
  });
  return { ready, leave };
}

/**
 * Node's raw mode leaves the terminal's own line ends on, which breaks what full-screen programs draw. Leaving raw mode undoes
 * this too, because the mode before is put back as a whole.
 */
async function passOutput({ fd }: NodeJS.Process["stdin"]): Promise<void> {
  if (process.platform !== "linux") return;
  const device = readlinkSync(`/proc/self/fd/${fd}`);
  await using stty = await createLocalLauncher().launch(
    { program: "stty", args: ["-F", device, "-opost"] },
    { onOutput: () => {} },
  );
  await stty.exited;
}
